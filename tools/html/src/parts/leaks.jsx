// SPDX-License-Identifier: LGPL-2.1-or-later
// What a leak scan found, by class; without one, what is worth knowing all the same.

import { LEAK_CLASSES } from '../data.js';
import { bytes, counted } from '../format.js';
import { Number, Section } from './bits.jsx';

const WORDS = {
	definite: 'nothing points at them',
	indirect: 'only leaked blocks point at them',
	possible: 'only something into their middle points at them',
	reachable: 'still pointed at when the scan ran',
};

export function Leaks({ recording }) {
	const { leaks, totals } = recording.facts;
	return (
		<Section id="leaks" title="Leaks">
			{leaks ? (
				<dl class="tiles leak-classes">
					{LEAK_CLASSES.map((name) => (
						<div key={name} class={`tile leak-${name}`}>
							<dt>{name[0].toUpperCase() + name.slice(1)}</dt>
							<dd><Number value={leaks[name].bytes} format={bytes} class="tile-value" />
								<span class="tile-note">{counted(leaks[name].blocks, 'block')}: {WORDS[name]}</span></dd>
						</div>
					))}
				</dl>
			) : (
				<p class="card empty">
					No leak scan ran in this recording. {totals.live_bytes > 0
						? <>What was still allocated at the end, {bytes(totals.live_bytes)} in {counted(totals.live_blocks, 'block')}, need not be
							leaked; the flame graph and the tables show it under <b>Live at end</b>.</>
						: 'But nothing was live at the end, so there is no leak.'}
				</p>
			)}
		</Section>
	);
}
