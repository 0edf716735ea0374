// SPDX-License-Identifier: LGPL-2.1-or-later
// All about one thing that was chosen: a site with its stack, a function with its callers, a line,
// file or module with its sites.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { LEAK_CLASSES, METRICS } from '../data.js';
import { basename, bytes, count, counted, duration, percent, signed } from '../format.js';
import { Bar, Icon, Number } from './bits.jsx';
import { LeakBlocks } from './leaks.jsx';
import { threadWords } from './lists.jsx';

const ROWS = ['at_peak_bytes', 'live_bytes', 'total_bytes', 'own_peak_bytes', 'temporaries'];
const SITES_MOST = 30;
const SIZES = ['≤ 16 B', '≤ 128 B', '≤ 1 KiB', '≤ 8 KiB', '≤ 64 KiB', '≤ 512 KiB', '≤ 4 MiB', '> 4 MiB'];

function Numbers({ recording, sites }) {
	const sum = (key, column) => sites.reduce((all, s) => (key === 'own_peak_bytes' ? Math.max(all, column[s]) : all + column[s]), 0);
	return (
		<dl class="numbers">
			{ROWS.map((key) => {
				const { name, format, blocks } = METRICS[key];
				const value = sum(key, recording.column(key));
				const whole = key === 'own_peak_bytes' ? 0 : recording.facts.totals[key] ?? 0;
				return (
					<div key={key}>
						<dt>{name}</dt>
						<dd><Number value={value} format={format} class="strong" />
							<span class="muted">{blocks ? `in ${counted(sum(blocks, recording.column(blocks)), blocks === 'calls' ? 'call' : 'block')}` : ''}
								{whole > 0 ? `${blocks ? ', ' : ''}${percent(value, whole)}` : ''}
								{recording.base ? ` ${signed(value - sum(key, recording.base[key]), format)} since the old one` : ''}</span></dd>
					</div>
				);
			})}
		</dl>
	);
}

function Source({ recording, file, line, around, marks }) {
	const source = recording.sourceLines(file, line, around);
	if (!source) return null;
	return (
		<figure class="source" aria-label={`${basename(file)}, line ${line}`}>
			<pre tabIndex={0}>{source.lines.map((one) => (
				<span key={one.line} class={one.line === line ? 'here' : ''}>
					<i>{one.line}</i>{marks && <em>{marks.has(one.line) ? bytes(marks.get(one.line)) : ''}</em>}{one.text || ' '}{'\n'}</span>))}</pre>
			{source.newer && <figcaption>The file changed after the recording; lines may have moved.</figcaption>}
		</figure>
	);
}

function FrameLine({ recording, frame, hidden, first, open, toggle, choose }) {
	const f = recording.frame(frame);
	const hasSource = f.file && recording.sourceLines(f.file, f.line);
	const where = f.file ? `${f.file}:${f.line}` : f.module;
	return (
		<li class={`${hidden ? 'hidden-frame' : ''} ${first ? 'first-frame' : ''}`}>
			<div class="frame-name">
				<button type="button" class="plain" title={f.full || undefined} onClick={() => choose({ kind: 'function', number: f.number })}>{f.name}</button>
				{f.inlined && <span class="tag" title="the compiler put its code into its caller's">inlined</span>}
				{f.python && <span class="tag">Python</span>}
				{f.guessed && <span class="tag" title="found without an unwind table">guessed</span>}
			</div>
			<div class="frame-place">
				{hasSource ? <button type="button" class="plain" aria-expanded={open} onClick={toggle} title={where}>
					<span aria-hidden="true">{open ? '▾' : '▸'}</span> {basename(f.file)}:{f.line}</button>
					: <span title={where}>{f.file ? `${basename(f.file)}:${f.line}` : f.module && !f.python ? `${basename(f.module)}${f.known ? '' : `, +0x${f.offset.toString(16)}`}` : f.python ? 'Python' : 'outside every module'}</span>}
			</div>
			{open && hasSource && <Source recording={recording} file={f.file} line={f.line} />}
		</li>
	);
}

function stackText(recording, site) {
	return recording.wholeStack(site).map(({ frame }) => {
		const f = recording.frame(frame);
		return `${f.full || f.name}${f.file ? ` (${f.file}:${f.line})` : f.module ? ` [${basename(f.module)}]` : ''}`;
	}).join('\n');
}

function Stack({ recording, site, choose }) {
	const [all, setAll] = useState(false);
	const stack = useMemo(() => recording.wholeStack(site), [recording, site]);
	const hidden = stack.filter((one) => one.hidden).length;
	const start = stack.findIndex((one) => !one.hidden);
	const [open, setOpen] = useState(() => new Set([start]));
	useEffect(() => setOpen(new Set([start])), [recording, site]);
	const [copied, setCopied] = useState(false);
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(stackText(recording, site));
			setCopied(true);
		} catch {
			setCopied(false);
		}
	};
	if (!stack.length) return <p class="empty">This site has no stack: the recording was full, or the stack could not be walked.</p>;
	return (
		<>
			<h3>Stack <span class="muted">innermost first</span>
				<button type="button" class="quiet" onClick={copy}><Icon name="copy" /> {copied ? 'Copied' : 'Copy'}</button></h3>
			<ol class="stack">
				{stack.map((one, i) => (all || !one.hidden) && (
					<FrameLine key={i} recording={recording} frame={one.frame} hidden={one.hidden} first={i === start} open={open.has(i)} choose={choose}
						toggle={() => setOpen((old) => { const next = new Set(old); if (!next.delete(i)) next.add(i); return next; })} />
				))}
			</ol>
			{recording.sites.cut[site] > 0 && <p class="muted">The outer frames are missing: the stack was deeper than the limit; record with a larger <code>--depth</code>.</p>}
			{hidden > 0 && <button type="button" class="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
				{all ? 'Hide' : 'Show'} {counted(hidden, 'frame')} of the allocator and the start-up</button>}
		</>
	);
}

function Sizes({ recording, sites }) {
	const sums = SIZES.map((_, i) => sites.reduce((sum, s) => sum + (recording.sites.histogram[s * SIZES.length + i] || 0), 0));
	const most = Math.max(...sums);
	if (!most) return null;
	return (
		<>
			<h3>Sizes <span class="muted">of what was asked for</span></h3>
			<dl class="sizes">
				{SIZES.map((name, i) => <div key={name} class={sums[i] ? '' : 'zero'}><dt>{name}</dt><dd><Bar part={sums[i] / most} /><span class="number">{count(sums[i])}</span></dd></div>)}
			</dl>
		</>
	);
}

function SiteList({ recording, sites, choose }) {
	const values = recording.column('at_peak_bytes');
	const total = recording.column('total_bytes');
	const order = [...sites].sort((a, b) => values[b] - values[a] || total[b] - total[a]);
	return (
		<>
			<h3>{counted(sites.length, 'site')}</h3>
			<ul class="sites">
				{order.slice(0, SITES_MOST).map((s) => {
					const names = [];
					for (let i = recording.first[s]; i < recording.first[s + 1] && names.length < 4; i++) names.push(recording.functions.list[recording.frameFunction[recording.stack[i]]].name);
					return (
						<li key={s}><button type="button" onClick={() => choose({ kind: 'site', site: s })}>
							<Number value={values[s]} format={bytes} class="number" /><span>{names.join(' ← ') || '(no stack)'}</span></button></li>
					);
				})}
			</ul>
			{sites.length > SITES_MOST && <p class="muted">and {count(sites.length - SITES_MOST)} smaller ones</p>}
		</>
	);
}

// Of a sample the numbers are estimates.
function Estimate({ recording, site }) {
	const error = recording.column('at_peak_error_bytes')?.[site];
	if (!error) return null;
	return <p class="muted">Estimated from a sample; at the peak to within {bytes(error)}, in 95 of 100 cases.</p>;
}

function OfSite({ recording, site, choose }) {
	const { first_ms: first, last_ms: last, threads } = recording.sites;
	return (
		<>
			<Numbers recording={recording} sites={[site]} />
			<Estimate recording={recording} site={site} />
			<p class="muted">First allocation at {duration(first[site] * 1000)}, last at {duration(last[site] * 1000)}, by {(!recording.base && threadWords(recording, site)) || counted(threads[site], 'thread')}.</p>
			<Stack recording={recording} site={site} choose={choose} />
			<OfLeaks recording={recording} site={site} choose={choose} />
			<Sizes recording={recording} sites={[site]} />
		</>
	);
}

function OfLeaks({ recording, site, choose }) {
	if (!recording.facts.leaks || recording.base) return null;
	const classes = LEAK_CLASSES.filter((name) => recording.column(`${name}_blocks`)[site] > 0);
	if (!classes.length) return null;
	return (
		<>
			<h3>Leaks</h3>
			<dl class="numbers">
				{classes.map((name) => <div key={name}><dt>{name[0].toUpperCase() + name.slice(1)}</dt>
					<dd><Number value={recording.column(`${name}_bytes`)[site]} format={bytes} class="strong" />
						<span class="muted">in {counted(recording.column(`${name}_blocks`)[site], 'block')}</span></dd></div>)}
			</dl>
			<LeakBlocks recording={recording} site={site} choose={choose} />
		</>
	);
}

function callersOf(recording, number, own) {
	const sums = new Map();
	const values = recording.column('at_peak_bytes');
	for (const s of own) {
		const from = recording.first[s];
		for (let i = from; i < recording.first[s + 1]; i++) {
			if (recording.frameFunction[recording.stack[i]] !== number) continue;
			if (i + 1 < recording.first[s + 1]) {
				const caller = recording.frameFunction[recording.stack[i + 1]];
				sums.set(caller, (sums.get(caller) || 0) + values[s]);
			}
			break;
		}
	}
	return [...sums].sort((a, b) => b[1] - a[1]).slice(0, 8);
}

function OfFunction({ recording, number, choose }) {
	const f = recording.functions.list[number];
	const { own, any } = useMemo(() => {
		const lists = { own: [], any: [] };
		for (let s = 0; s < recording.count; s++) {
			for (let i = recording.first[s]; i < recording.first[s + 1]; i++)
				if (recording.frameFunction[recording.stack[i]] === number) {
					lists.any.push(s);
					if (i === recording.first[s]) lists.own.push(s);
					break;
				}
		}
		return lists;
	}, [recording, number]);
	const callers = useMemo(() => callersOf(recording, number, any), [recording, number, any]);
	const line = recording.frames.line[f.frame];
	return (
		<>
			{f.full && f.full !== f.name && <p class="full">{f.full}</p>}
			<p class="muted">{f.detail}</p>
			<h3>Allocated here</h3>
			{own.length ? <Numbers recording={recording} sites={own} /> : <p class="muted">Nothing directly; all of it in what it calls.</p>}
			<h3>With what it calls</h3>
			<Numbers recording={recording} sites={any} />
			{line > 0 && <Source recording={recording} file={f.file} line={line} />}
			{callers.length > 0 && (
				<>
					<h3>Called by</h3>
					<ul class="sites">{callers.map(([caller, value]) => (
						<li key={caller}><button type="button" onClick={() => choose({ kind: 'function', number: caller })}>
							<Number value={value} format={bytes} class="number" /><span>{recording.functions.list[caller].name}</span></button></li>))}</ul>
				</>
			)}
			<SiteList recording={recording} sites={any} choose={choose} />
		</>
	);
}

function OfGroup({ recording, rows, number, choose }) {
	const row = rows.row(number);
	const sites = useMemo(() => {
		const list = [];
		for (let s = 0; s < recording.count; s++) if (rows.siteOf[s] === number) list.push(s);
		return list;
	}, [recording, rows, number]);
	// What each line of the file held at the peak.
	const marks = useMemo(() => {
		const sums = new Map();
		if (!row.file) return sums;
		for (let s = 0; s < recording.count; s++) {
			const f = recording.ownFrame(s);
			if (f < 0 || recording.strings[recording.frames.file[f]] !== row.file) continue;
			const line = recording.frames.line[f];
			sums.set(line, (sums.get(line) || 0) + recording.sites.at_peak_bytes[s]);
		}
		return sums;
	}, [recording, row]);
	const lines = row.line ? [row.line] : [...marks].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([line]) => line).sort((a, b) => a - b);
	return (
		<>
			<p class="muted">{row.detail || row.file}</p>
			<Numbers recording={recording} sites={sites} />
			{lines.map((line) => <Source key={line} recording={recording} file={row.file} line={line} around={row.line ? 6 : 2} marks={marks} />)}
			<SiteList recording={recording} sites={sites} choose={choose} />
		</>
	);
}

// Of two recordings: what became of a site.
function fate(recording, site) {
	if (!recording.states) return '';
	if (recording.states[site] !== 'kept') return `, ${recording.states[site]}`;
	return recording.matches[site] ? `, found again: ${recording.matches[site]}` : '';
}

export function Details({ recording, chosen, choose, close }) {
	const title = useRef(null);
	const [past, setPast] = useState([]);
	const go = (thing) => {
		setPast([...past, chosen]);
		choose(thing);
	};
	const back = () => {
		choose(past[past.length - 1]);
		setPast(past.slice(0, -1));
	};
	useEffect(() => title.current.focus({ preventScroll: true }), [chosen]);
	const f = chosen.kind === 'site' ? recording.ownFrame(chosen.site) : -1;
	const name = {
		site: () => (f >= 0 ? recording.frame(f).name : '(no stack)'),
		function: () => recording.functions.list[chosen.number].name,
		group: () => chosen.rows.row(chosen.number).label,
	}[chosen.kind]();
	const kind = { site: () => `Site #${recording.sites.id[chosen.site]}`, function: () => 'Function', group: () => ({ line: 'Line', file: 'File', module: 'Module' }[chosen.by]) }[chosen.kind]();
	return (
		<aside class="details" aria-labelledby="details-title">
			<header>
				<div class="details-title">
					<p class="muted">{kind}{chosen.kind === 'site' && fate(recording, chosen.site)}</p>
					<h2 id="details-title" ref={title} tabIndex={-1}>{name}</h2>
				</div>
				{past.length > 0 && <button type="button" class="quiet" onClick={back}>Back</button>}
				<button type="button" class="tool" aria-label="Close the details" title="Close (Esc)" onClick={close}><Icon name="close" /></button>
			</header>
			<div class="details-body">
				{chosen.kind === 'site' && <OfSite recording={recording} site={chosen.site} choose={go} />}
				{chosen.kind === 'function' && <OfFunction recording={recording} number={chosen.number} choose={go} />}
				{chosen.kind === 'group' && <OfGroup recording={recording} rows={chosen.rows} number={chosen.number} choose={go} />}
			</div>
		</aside>
	);
}
