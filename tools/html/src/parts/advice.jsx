// SPDX-License-Identifier: LGPL-2.1-or-later
// What could be done about waste that the recording proves.

import { basename } from '../format.js';
import { Section } from './bits.jsx';

const NAMES = {
	copy: 'Copy', growth: 'Growth in small steps', churn: 'Churn', held: 'Held to the end',
	untouched: 'Never touched', grows: 'Only grows',
};

const placeOf = (one) => (one.file ? `${basename(one.file)}${one.line ? `:${one.line}` : ''}` : one.module ? basename(one.module) : '');

export function Advice({ recording, choose }) {
	const list = recording.base ? [] : recording.facts.advice || [];
	if (!list.length) return null;
	return (
		<Section id="advice" title="Advice" aside={<p class="muted">what the recording proves, the largest effect first</p>}>
			<ol class="card advice">
				{list.map((one, i) => {
					const site = recording.sites.id.indexOf(one.site);
					const place = <><b>{one.function || 'unknown'}</b> <span class="muted" title={one.file || undefined}>{placeOf(one)}</span>
						{one.caller && one.language !== 'Python' && <span class="muted"> ← {one.caller}</span>}</>;
					return (
						<li key={i}>
							<h3>{NAMES[one.kind] || one.kind}</h3>
							{site >= 0 ? <button type="button" class="plain" onClick={() => choose({ kind: 'site', site })}>{place}</button> : <p>{place}</p>}
							<p>{one.evidence[0].toUpperCase() + one.evidence.slice(1)}.</p>
							<p class="muted">→ {one.action}</p>
						</li>
					);
				})}
			</ol>
		</Section>
	);
}
