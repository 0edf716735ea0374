// SPDX-License-Identifier: LGPL-2.1-or-later
// The story in sentences, as one would tell it to a colleague; then the numbers; then what must be
// known before they are believed.

import { useMemo } from 'preact/hooks';
import { LEAK_CLASSES } from '../data.js';
import { basename, bytes, count, counted, duration, percent, shellWords, shortPath, signed } from '../format.js';
import { makeRows, sortRows } from '../group.js';
import { Bar, Number } from './bits.jsx';

const TOP = 5;

const SIGNALS = { 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL',
	11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM', 24: 'SIGXCPU', 31: 'SIGSYS' };

function ending({ state, alive, status }) {
	if (state === 'running') return alive === false ? 'was killed' : 'was still running when this was written';
	if (state === 'execed') return 'became another program';
	if (state === 'died') return status ? `died of signal ${status}${SIGNALS[status] ? ` (${SIGNALS[status]})` : ''}` : 'died of a signal';
	return status ? `exited with status ${status}` : 'ended well';
}

// What a row of a site shows: its function and line, and up to three callers.
function lookOf(recording, s) {
	const { first, stack, frameFunction, frames } = recording;
	const f = recording.ownFrame(s);
	if (f < 0) return `#${s}`;
	const look = [frameFunction[f], frames.line[f]];
	for (let i = first[s] + 1; i < first[s + 1] && look.length < 5; i++)
		if (frameFunction[stack[i]] !== look[look.length - 1]) look.push(frameFunction[stack[i]]);
	return look.join(' ');
}

// Sites that look the same, as one: their native callers differ, which Python's users do not see.
function largestLooks(recording) {
	const { at_peak_bytes: bytesOf, at_peak_blocks: blocksOf } = recording.sites;
	const looks = new Map();
	for (let s = 0; s < recording.count; s++) {
		if (bytesOf[s] <= 0) continue;
		const look = lookOf(recording, s);
		const one = looks.get(look);
		if (!one) {
			looks.set(look, { i: s, by: 'site', value: bytesOf[s], blocks: blocksOf[s], alike: 1 });
			continue;
		}
		if (bytesOf[s] > bytesOf[one.i]) one.i = s;
		one.value += bytesOf[s];
		one.blocks += blocksOf[s];
		one.alike++;
	}
	const rows = makeRows(recording, 'site');
	return [...looks.values()].sort((a, b) => b.value - a.value).slice(0, TOP).map((one) => ({ ...one, ...rows.row(one.i) }));
}

function largest(recording, by) {
	const rows = makeRows(recording, by);
	const values = rows.columns.at_peak_bytes;
	return Array.from(sortRows(rows, (i) => values[i]).subarray(0, TOP))
		.filter((i) => values[i] > 0)
		.map((i) => ({ i, by, value: values[i], blocks: rows.columns.at_peak_blocks[i], ...rows.row(i) }));
}

const sumOf = (list) => list.reduce((sum, one) => sum + one.value, 0);

// Sites say most, unless there are so many that none of them matters.
function holders(recording) {
	const sites = largestLooks(recording);
	if (sumOf(sites) >= recording.facts.totals.at_peak_bytes / 3) return sites;
	const functions = largest(recording, 'function');
	return sumOf(functions) > 1.5 * sumOf(sites) ? functions : sites;
}

function thingOf(recording, one) {
	return one.by === 'function' && one.frame >= 0 ? { kind: 'function', number: recording.frameFunction[one.frame] } : { kind: 'site', site: one.i };
}

const Big = ({ children }) => <strong>{children}</strong>;
const Code = ({ children }) => <code>{children}</code>;

function Holder({ top, whole, recording }) {
	if (!top.length || whole <= 0) return null;
	const caller = top[0].by === 'site' && top[0].detail;
	return (
		<>
			{' '}The largest part, <Big>{bytes(top[0].value)}</Big> ({percent(top[0].value, whole)}) in {counted(top[0].blocks, 'block')}, was
			taken in <Code>{top[0].label}</Code>{caller ? <>, called from <Code>{caller.split(' ← ')[0]}</Code></> : null}.
		</>
	);
}

function Leaked({ leaks }) {
	if (!leaks) return null;
	const lost = leaks.definite.bytes + leaks.indirect.bytes;
	const blocks = leaks.definite.blocks + leaks.indirect.blocks;
	if (!lost) return <> A scan found nothing leaked.</>;
	return <> Of that, <Big>{bytes(lost)}</Big> in {counted(blocks, 'block')} are leaked: nothing points at them any more.</>;
}

function Story({ recording, top }) {
	const { recording: run, totals, leaks } = recording.facts;
	const part = totals.calls ? totals.temporaries / totals.calls : 0;
	return (
		<>
			<h1 class="headline">
				<Code>{basename(run.program)}</Code> held at most <Big>{bytes(totals.peak_bytes)}</Big>
				{totals.peak_us ? <>, {duration(totals.peak_us)} after it started</> : null}.
			</h1>
			<p class="story">
				It ran for {duration(run.duration_us)} and {ending(run)}.
				<Holder top={top} whole={totals.at_peak_bytes} recording={recording} />
				{' '}{run.state === 'running' ? 'At last' : 'At the end'} {totals.live_bytes > 0
					? <><Big>{bytes(totals.live_bytes)}</Big> {totals.live_blocks === 1 ? 'was' : 'were'} live in {counted(totals.live_blocks, 'block')}.</>
					: 'nothing was live.'}
				<Leaked leaks={leaks} />
				{' '}In all it allocated {bytes(totals.total_bytes)} in {counted(totals.calls, 'call')}
				{part >= 0.1
					? <>, and <Big>{percent(totals.temporaries, totals.calls)}</Big> of them were temporary: freed before the thread's next one.</>
					: <>, hardly any of them temporary ({percent(totals.temporaries, totals.calls)}).</>}
			</p>
		</>
	);
}

function Change({ before, after, format = bytes }) {
	const way = after > before ? 'up' : after < before ? 'down' : 'same';
	return <span class={`change ${way}`}>{after === before ? 'unchanged' : signed(after - before, format)}
		{before > 0 && after !== before ? ` (${signed((100 * (after - before)) / before, (v) => `${v < 0 ? '−' : ''}${Math.abs(v).toFixed(1)} %`)})` : ''}</span>;
}

function DiffStory({ recording }) {
	const old = recording.before.facts;
	const now = recording.facts;
	const grew = topChanges(recording, 1);
	const less = now.totals.peak_bytes < old.totals.peak_bytes;
	return (
		<>
			<h1 class="headline">
				<Code>{basename(now.recording.program)}</Code>'s peak {now.totals.peak_bytes === old.totals.peak_bytes ? <>stayed at <Big>{bytes(now.totals.peak_bytes)}</Big></> : <>
					{less ? 'fell' : 'grew'} from {bytes(old.totals.peak_bytes)} to <Big>{bytes(now.totals.peak_bytes)}</Big></>}.
			</h1>
			<p class="story">
				That is <Change before={old.totals.peak_bytes} after={now.totals.peak_bytes} />.
				{grew.length > 0 && <> The largest change is in <Code>{grew[0].label}</Code>: {signed(grew[0].value, bytes)}.</>}
				{' '}Live at the end went from {bytes(old.totals.live_bytes)} to {bytes(now.totals.live_bytes)}, allocations from
				{' '}{counted(old.totals.calls, 'call')} to {counted(now.totals.calls, 'call')}.
				{' '}{counted(recording.states.filter((s) => s === 'new').length, 'site')} are new and
				{' '}{count(recording.states.filter((s) => s === 'gone').length)} are gone.
			</p>
		</>
	);
}

function topChanges(recording, most = TOP) {
	const rows = makeRows(recording, 'site');
	const change = (s) => rows.columns.at_peak_bytes[s] - recording.base.at_peak_bytes[s];
	return Array.from(sortRows(rows, (s) => Math.abs(change(s))).subarray(0, most))
		.filter((s) => change(s))
		.map((s) => ({ i: s, by: 'site', value: change(s), ...rows.row(s) }));
}

function Tile({ name, value, format = bytes, note, before }) {
	return (
		<div class="tile">
			<dt>{name}</dt>
			<dd>
				<Number value={value} format={format} class="tile-value" />
				<span class="tile-note">{before !== undefined ? <Change before={before} after={value} format={format} /> : note}</span>
			</dd>
		</div>
	);
}

function Tiles({ recording }) {
	const { totals, leaks, recording: run } = recording.facts;
	const old = recording.before?.facts.totals;
	const lost = leaks ? LEAK_CLASSES.slice(0, 2).reduce((sum, one) => sum + leaks[one].bytes, 0) : 0;
	return (
		<dl class="tiles">
			<Tile name="Peak" value={totals.peak_bytes} before={old?.peak_bytes}
				note={totals.peak_error_bytes ? `to within ${bytes(totals.peak_error_bytes)}` : `at ${duration(totals.peak_us)}`} />
			<Tile name="Live at the end" value={totals.live_bytes} before={old?.live_bytes} note={`in ${counted(totals.live_blocks, 'block')}`} />
			{leaks && <Tile name="Leaked" value={lost} note={`in ${counted(leaks.definite.blocks + leaks.indirect.blocks, 'block')}`} />}
			<Tile name="Allocated in all" value={totals.total_bytes} before={old?.total_bytes} note={`in ${counted(totals.calls, 'call')}`} />
			<Tile name="Temporary" value={totals.temporaries} format={count} before={old?.temporaries} note={`${percent(totals.temporaries, totals.calls)} of all calls`} />
			{totals.rss_peak_bytes > 0 && <Tile name="Resident at most" value={totals.rss_peak_bytes} before={old?.rss_peak_bytes}
				note={totals.peak_bytes <= totals.rss_peak_bytes ? `the heap's peak is ${percent(totals.peak_bytes, totals.rss_peak_bytes)} of it`
					: 'less than the peak: not all was touched'} />}
			<Tile name="Ran for" value={run.duration_us} format={duration} note={run.threads_most > 1 ? `up to ${count(run.threads_most)} threads that allocate` : 'one thread'} />
		</dl>
	);
}

function Top({ recording, list, whole, choose, title, diff }) {
	if (!list.length) return null;
	const most = Math.max(...list.map((one) => Math.abs(one.value)));
	return (
		<div class="top-sites">
			<h2 class="minor">{title}</h2>
			<ol>
				{list.map((one) => (
					<li key={one.i}>
						<button type="button" onClick={() => choose(thingOf(recording, one))}>
							<Number value={one.value} format={(v) => (diff ? signed(v, bytes) : bytes(v))} class="top-value" />
							<Bar part={diff ? Math.abs(one.value) / most : one.value / whole} kind={diff ? (one.value > 0 ? 'more' : 'less') : ''} />
							<span class="top-part">{diff ? '' : percent(one.value, whole)}</span>
							<span class="top-name"><b class={one.known === false ? 'unknown' : ''}>{one.label}</b>
								<span class="muted"> {one.place}</span>
								{one.alike > 1 && <span class="muted"> ({count(one.alike)} stacks)</span>}
								{one.detail && <span class="muted callers">{one.by === 'site' ? `← ${one.detail}` : `${shortPath(one.detail)}, ${counted(one.sites, 'site')}`}</span>}
							</span>
						</button>
					</li>
				))}
			</ol>
		</div>
	);
}

// What to do where names or lines are missing; null when enough of them are there.
function advice(recording) {
	let named = 0;
	let lines = 0;
	let all = 0;
	const { frames, sites } = recording;
	for (let s = 0; s < recording.count; s++) {
		const f = recording.ownFrame(s);
		const weight = Math.max(0, sites.at_peak_bytes[s]);
		if (f < 0 || !weight) continue;
		all += weight;
		if (frames.function[f]) named += weight;
		if (frames.line[f]) lines += weight;
	}
	if (!all) return null;
	if (named < all * 0.7)
		return { title: `Functions have no names for ${percent(all - named, all)} of the peak`, text: <>
			Install the debug symbols of the files shown as <Code>file+0x…</Code> (on Debian their <Code>-dbgsym</Code> packages), build
			your own with <Code>-g</Code>, or let tidemark fetch them: <Code>tidemark report --html --debuginfod -o page.html</Code>. For a
			recording from another machine, <Code>--sysroot</Code> says where its files are.</> };
	if (lines < all * 0.3)
		return { title: `Lines of source are known for ${percent(lines, all)} of the peak only`, text: <>
			Functions have their names, but not their lines: build with <Code>-g</Code>, install <Code>-dbgsym</Code> packages, or add
			{' '}<Code>--debuginfod</Code> when writing this page.</> };
	if (!recording.sources.size && lines)
		return { title: 'The source files were not in reach', text: <>
			Lines are shown by number alone. Write this page where the sources are, or say with <Code>--sysroot</Code> below which
			directory they are.</> };
	return null;
}

function Notes({ recording, report }) {
	const { warnings, site_count: all, listed } = recording.facts;
	const hint = useMemo(() => advice(recording), [recording]);
	const rest = recording.others?.sites || 0;
	const filtered = recording.unmatched?.sites || 0;
	const notes = recording.notes || [];
	const same = recording.othersCount || 0;
	if (!warnings.length && !hint && !rest && !filtered && !notes.length && !same) return null;
	return (
		<div class="notes" role="note">
			{notes.map((text) => <p key={text}>{text[0].toUpperCase() + text.slice(1)}.</p>)}
			{same > 0 && <p>{counted(same, 'pair')} of sites with the smallest changes at the peak are not in this page; a larger <Code>--limit</Code> takes them along.</p>}
			{rest > 0 && <p>Only the {count(listed)} sites with the largest share of the peak are in this page; the other {count(rest)} of
				{' '}{count(all)} held {bytes(recording.others.at_peak_bytes)} of it. A larger <Code>--limit</Code> takes more along.</p>}
			{filtered > 0 && <p>A filter held back {counted(filtered, 'site')} with {bytes(recording.unmatched.at_peak_bytes)} of the peak.</p>}
			{warnings.map((text) => <p key={text}>{text[0].toUpperCase() + text.slice(1)}.</p>)}
			{hint && <p><b>{hint.title}.</b> {hint.text}</p>}
		</div>
	);
}

export function Summary({ recording, report, choose }) {
	const { totals, recording: run } = recording.facts;
	const top = useMemo(() => holders(recording), [recording]);
	const changes = useMemo(() => (report.diff ? topChanges(recording) : null), [recording]);
	return (
		<section id="summary" class="summary" aria-label="Summary" tabIndex={-1}>
			<p class="command" title={run.args.join(' ')}><span aria-hidden="true">$ </span>{shellWords(run.args.length ? run.args : [run.program])}</p>
			{report.diff ? <DiffStory recording={recording} /> : <Story recording={recording} top={top} />}
			<Tiles recording={recording} />
			{report.diff ? <Top recording={recording} list={changes} choose={choose} title="What changed at the peak" diff />
				: <Top recording={recording} list={top} whole={totals.at_peak_bytes} choose={choose} title={top[0]?.by === 'function' ? 'Which functions held the peak' : 'Who held the peak'} />}
			<Notes recording={recording} report={report} />
		</section>
	);
}
