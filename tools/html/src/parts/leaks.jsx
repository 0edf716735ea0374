// SPDX-License-Identifier: LGPL-2.1-or-later
// What a leak scan found: by class, by site, and for single blocks what still points at them.  Without
// a scan, what is worth knowing all the same.

import { useMemo, useState } from 'preact/hooks';
import { LEAK_CLASSES } from '../data.js';
import { basename, bytes, count, counted, duration, percent } from '../format.js';
import { makeRows, sortRows } from '../group.js';
import { Bar, Choice, Number, Section } from './bits.jsx';

const SITES_FIRST = 10;
const SITES_MOST = 200;
const BLOCKS_MOST = 3;
const WORDS = {
	definite: 'nothing points at them',
	indirect: 'only leaked blocks point at them',
	possible: 'only something into their middle does',
	reachable: 'still pointed at when the scan ran',
};
const KINDS = { data: 'data', stack: 'the stack', register: 'a register', tls: 'thread-local data', mapping: 'mapped memory', loader: 'the loader', cut: 'a longer chain' };

// A link of a chain, in words; the same as render/holders.c.
function linkText(recording, link) {
	const site = link.site === undefined ? -1 : recording.siteAt(link.site);
	const f = site >= 0 ? recording.ownFrame(site) : -1;
	if (f >= 0) return { site, text: `${bytes(link.bytes)} of #${link.site}, ${recording.frame(f).name}` };
	if (link.kind === 'block') return { text: `a block of ${bytes(link.bytes)}` };
	if (link.symbol) return { text: `${link.symbol}${link.symbol_offset ? `+${link.symbol_offset}` : ''}${link.module ? ` in ${basename(link.module)}` : ''}` };
	if (link.module) return { text: `data of ${basename(link.module)}+0x${link.offset.toString(16)}` };
	const kind = KINDS[link.kind] || link.kind;
	if (link.tid) return { text: `${kind} of thread ${link.tid}${link.thread ? ` (${link.thread})` : ''}` };
	return { text: `${kind} at ${link.address}` };
}

// Blocks of a site as the scan found them, each with the way to what holds it.
export function LeakBlocks({ recording, site, choose, most = 10 }) {
	const id = recording.sites.id[site];
	const blocks = (recording.facts.leak_blocks || []).filter((one) => one.site === id);
	if (!blocks.length) return null;
	return (
		<ul class="leak-blocks">
			{blocks.slice(0, most).map((block) => (
				<li key={block.address}>
					<p><b>{bytes(block.bytes)}</b> <span class={`tag leak-tag ${block.class}`}>{block.class}</span>
						{' '}<span class="muted">at <code>{block.address}</code>, taken {duration(block.birth_ms * 1000)} after the start
							{block.held_bytes > 0 && `, and ${bytes(block.held_bytes)} in ${counted(block.held_blocks, 'block')} are lost with it`}
							{block.leader && `, lost by way of ${block.leader}`}</span></p>
					{block.holders && (
						<ol class="holders" aria-label="Held by, nearest first">
							{block.holders.map((link, i) => {
								const { text, site: of } = linkText(recording, link);
								return <li key={i}>{of >= 0 ? <button type="button" class="plain" onClick={() => choose({ kind: 'site', site: of })}>{text}</button> : text}</li>;
							})}
						</ol>
					)}
				</li>
			))}
			{blocks.length > most && <li class="muted">and {count(blocks.length - most)} more blocks</li>}
		</ul>
	);
}

function LeakSites({ recording, kind, choose }) {
	const values = recording.column(`${kind}_bytes`);
	const blocks = recording.column(`${kind}_blocks`);
	const rows = useMemo(() => makeRows(recording, 'site'), [recording]);
	const order = useMemo(() => Array.from(sortRows(rows, (s) => values[s])).filter((s) => blocks[s] > 0), [rows, values, blocks]);
	const whole = recording.facts.leaks[kind].bytes;
	const [open, setOpen] = useState(-1);
	const [most, setMost] = useState(SITES_FIRST);
	if (!order.length) return <p class="card empty">No block is {kind}.</p>;
	return (
		<ol class="card leak-sites">
			{order.slice(0, most).map((s) => {
				const row = rows.row(s);
				const some = (recording.facts.leak_blocks || []).some((one) => one.site === recording.sites.id[s] && one.class === kind);
				return (
					<li key={s}>
						<div class="leak-site">
							<Number value={values[s]} format={bytes} class="top-value" />
							<Bar part={values[s] / whole} kind={kind === 'reachable' ? '' : 'more'} />
							<span class="top-part">{percent(values[s], whole)}</span>
							<button type="button" class="plain top-name" onClick={() => choose({ kind: 'site', site: s })}>
								<b>{row.label}</b> <span class="muted">{row.place}</span>
								<span class="muted callers">{counted(blocks[s], 'block')}{row.detail && ` ← ${row.detail}`}</span></button>
							{some && <button type="button" class="quiet" aria-expanded={open === s} onClick={() => setOpen(open === s ? -1 : s)}>
								{kind === 'reachable' ? 'Held by' : 'Blocks'}</button>}
						</div>
						{open === s && <LeakBlocks recording={recording} site={s} choose={choose} most={BLOCKS_MOST} />}
					</li>
				);
			})}
			{order.length > most && (
				<li class="leak-more"><span class="muted">and {count(order.length - most)} smaller ones</span>
					{most < SITES_MOST && <button type="button" class="quiet" onClick={() => setMost(SITES_MOST)}>Show more</button>}</li>)}
		</ol>
	);
}

function Scanned({ recording, choose }) {
	const { leaks, scan } = recording.facts;
	const [kind, setKind] = useState(() => LEAK_CLASSES.find((name) => leaks[name].blocks > 0) || 'definite');
	return (
		<>
			<dl class="tiles leak-classes">
				{LEAK_CLASSES.map((name) => (
					<div key={name} class={`tile leak-${name} ${leaks[name].bytes ? '' : 'none'}`}>
						<dt>{name[0].toUpperCase() + name.slice(1)}</dt>
						<dd><Number value={leaks[name].bytes} format={bytes} class="tile-value" />
							<span class="tile-note">{counted(leaks[name].blocks, 'block')}: {WORDS[name]}</span></dd>
					</div>
				))}
			</dl>
			<div class="leak-choice">
				<Choice label="Class of leaks" value={kind} change={setKind} options={LEAK_CLASSES.map((name) => [name, name[0].toUpperCase() + name.slice(1), WORDS[name]])} />
				<p class="muted">{scan.us > 0 && `The scan ran at ${duration(scan.us)}`}{scan.took_us > 0 && ` and took ${duration(scan.took_us)}`}{scan.us > 0 && '.'}</p>
			</div>
			<LeakSites key={kind} recording={recording} kind={kind} choose={choose} />
		</>
	);
}

function Unscanned({ recording }) {
	const { totals, scan } = recording.facts;
	return (
		<p class="card empty">
			{scan?.why ? `Leaks were not looked for: ${scan.why}.` : 'No leak scan ran in this recording.'}{' '}
			{totals.live_bytes > 0
				? <>What was still allocated at the end, {bytes(totals.live_bytes)} in {counted(totals.live_blocks, 'block')}, need not be
					leaked; the flame graph and the tables show it under <b>Live at end</b>.</>
				: 'Nothing was live at the end, so nothing can have leaked.'}
		</p>
	);
}

export function Leaks({ recording, choose }) {
	const scanned = recording.facts.leaks && !recording.base;
	return (
		<Section id="leaks" title="Leaks">
			{scanned ? <Scanned recording={recording} choose={choose} /> : recording.facts.leaks ? <LeakChange recording={recording} /> : <Unscanned recording={recording} />}
		</Section>
	);
}

// Of two recordings: what each class had and has.
function LeakChange({ recording }) {
	const now = recording.facts.leaks;
	const old = recording.before.facts.leaks;
	return (
		<dl class="tiles leak-classes">
			{LEAK_CLASSES.map((name) => (
				<div key={name} class={`tile leak-${name}`}>
					<dt>{name[0].toUpperCase() + name.slice(1)}</dt>
					<dd><Number value={now[name].bytes} format={bytes} class="tile-value" />
						<span class="tile-note">{old ? `was ${bytes(old[name].bytes)}` : 'not looked for before'}</span></dd>
				</div>
			))}
		</dl>
	);
}
