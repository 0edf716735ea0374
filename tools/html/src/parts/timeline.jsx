// SPDX-License-Identifier: LGPL-2.1-or-later
// Live bytes, resident memory and blocks over time.  A range is chosen with the mouse on the chart
// or with the two sliders below it; tables and flame graph then keep the sites at work in it.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { bytes, count, counted, duration, signed } from '../format.js';
import { colour } from '../theme.js';
import { Choice, Section } from './bits.jsx';

const HEIGHT = 260;
const HATCH = 8;
// What is live stays until something is done, and then there is a reading.
const STEPS = uPlot.paths.stepped({ align: 1 });
const SERIES = [
	{ key: 'live_bytes', name: 'Live', colour: 'series-live', unit: 'bytes', fill: true, stepped: true },
	{ key: 'rss_bytes', name: 'Resident', colour: 'series-rss', unit: 'bytes', dash: [6, 4] },
	{ key: 'outside', name: 'Resident, sampled', colour: 'series-outside', unit: 'bytes', dash: [2, 3] },
	{ key: 'live_blocks', name: 'Blocks', colour: 'series-blocks', unit: 'count', hidden: true, stepped: true },
	{ key: 'before', name: 'Live, old', colour: 'series-before', unit: 'bytes', dash: [3, 3], stepped: true },
];

// Values of a series at the times of another: the last one not later.
function resample(times, values, at) {
	let i = 0;
	return at.map((us) => {
		while (i + 1 < times.length && times[i + 1] <= us) i++;
		return times.length && times[i] <= us && us <= times[times.length - 1] ? values[i] : null;
	});
}

// The readings of a recording, and two that are known to the byte: its peak, which lies between two
// of them, and its end.
function readings({ timeline, facts }) {
	const { peak_us: peak, peak_bytes: most, live_bytes: live, live_blocks: blocks } = facts.totals;
	const list = { us: [...timeline.us], live_bytes: [...timeline.live_bytes], live_blocks: [...timeline.live_blocks], rss_bytes: [...timeline.rss_bytes] };
	const put = (us, bytesThen, blocksThen) => {
		const found = list.us.findIndex((one) => one >= us);
		const at = found < 0 ? list.us.length : found;
		if (list.us[at] === us) return;
		list.us.splice(at, 0, us);
		list.live_bytes.splice(at, 0, bytesThen);
		list.live_blocks.splice(at, 0, blocksThen);
		list.rss_bytes.splice(at, 0, null);
	};
	if (peak) put(peak, most, null);
	const end = facts.recording.duration_us;
	if (end && list.us.length && end > list.us[list.us.length - 1]) put(end, live, blocks);
	return list;
}

// Names of sites that are all different: where functions are alike, with the caller in which they
// are not, else with the line or the number.
function tellApart(recording, sites) {
	const frame = (site, n) => {
		const at = site >= 0 ? recording.first[site] + n : -1;
		return at >= 0 && at < recording.first[site + 1] ? recording.frame(recording.stack[at]) : null;
	};
	const name = (site, n) => frame(site, n)?.name || '';
	const place = (site, n) => (frame(site, n) ? `${name(site, n)}:${frame(site, n).line}` : '');
	return sites.map(({ site, id }) => {
		const alike = sites.filter((other) => other.id !== id && name(other.site, 0) === name(site, 0));
		const own = name(site, 0) || `#${id}`;
		if (!alike.length) return own;
		if (!name(site, 0)) return `#${id}`;
		for (const of of [name, place]) {
			for (let n = 0; of(site, n); n++) {
				if (alike.some((other) => of(other.site, n) === of(site, n))) continue;
				return n ? `${own} ← ${of(site, n)}` : of(site, 0);
			}
		}
		return `${place(site, 0) || own} #${id}`;
	});
}

// The largest sites as areas one upon the other, each column the sum of those below it, the topmost
// first: a lower one is painted over it.  The topmost ends at what was live.
function stackColumns(recording) {
	const { areas, us, live } = recording.areas;
	const sites = areas.map((one) => ({ site: recording.siteAt(one.site), id: one.site }));
	const names = tellApart(recording, sites);
	const result = { us, live };
	const below = us.map(() => 0);
	const list = areas.map((one, n) => {
		one.bytes.forEach((value, i) => { below[i] += value; });
		result[`s${n}`] = [...below];
		return { key: `s${n}`, site: sites[n].site, name: names[n], colour: `hue-${n}`, unit: 'bytes', area: true, part: one.bytes };
	});
	list.push({ key: 'live', name: 'Others', colour: 'hue-7', unit: 'bytes', area: true, part: live.map((value, i) => value - below[i]) });
	list.reverse();
	list.push({ key: 'live', name: 'Live', colour: 'series-live', unit: 'bytes', edge: true, stepped: true });
	return { columns: result, list };
}

function makeColumns(recording) {
	const line = readings(recording);
	const before = recording.before && { timeline: readings(recording.before) };
	let us = line.us;
	if (before) us = [...new Set([...line.us, ...before.timeline.us])].sort((a, b) => a - b);
	const columns = { us, live_bytes: line.live_bytes, live_blocks: line.live_blocks, rss_bytes: line.rss_bytes };
	if (before) {
		for (const key of ['live_bytes', 'live_blocks', 'rss_bytes']) columns[key] = resample(line.us, line[key], us);
		columns.before = resample(before.timeline.us, before.timeline.live_bytes, us);
	}
	// What was sampled from outside is finer.
	const isSampled = !before && recording.series?.pid && recording.series.samples.length > 1;
	if (isSampled || !columns.rss_bytes.some((value) => value > 0)) delete columns.rss_bytes;
	else columns.rss_bytes = columns.rss_bytes.map((value) => value || null);
	return before ? columns : addOutside(columns, recording.series);
}

// What was seen from outside has times of its own; where a curve has no reading it is null.
function addOutside(columns, series) {
	if (!series || series.samples.length < 2) return columns;
	const outside = new Map(series.samples.map((sample) => [sample[0], sample[1]]));
	const us = [...new Set([...columns.us, ...outside.keys()])].sort((a, b) => a - b);
	const merged = { us, outside: us.map((time) => outside.get(time) ?? null) };
	for (const key of Object.keys(columns)) {
		if (key === 'us') continue;
		const own = new Map(columns.us.map((time, i) => [time, columns[key][i]]));
		merged[key] = us.map((time) => own.get(time) ?? null);
	}
	return merged;
}

// Round numbers of the units of memory, for an axis.
function byteSplits(plot, axis, low, high) {
	const step = (high - low) / Math.max(2, plot.bbox.height / devicePixelRatio / 44);
	let unit = 1;
	while (unit * 1024 <= step) unit *= 1024;
	const size = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].find((n) => n * unit >= step) * unit;
	const splits = [];
	for (let at = Math.ceil(low / size) * size; at <= high; at += size) splits.push(at);
	return splits;
}

const axisBytes = (value) => bytes(value).replace('.0 ', ' ');

// Recording was off: the curves tell of the blocks that were known, and of no others.
function drawPauses(plot, recording) {
	const { ctx, bbox } = plot;
	const { top, height } = bbox;
	ctx.save();
	for (const { us, until_us: until } of recording.facts.recording.pauses) {
		const from = Math.max(bbox.left, plot.valToPos(us, 'x', true));
		const to = Math.min(bbox.left + bbox.width, plot.valToPos(until, 'x', true));
		if (to <= from) continue;
		ctx.save();
		ctx.beginPath();
		ctx.rect(from, top, to - from, height);
		ctx.clip();
		ctx.globalAlpha = 0.45;
		ctx.fillStyle = colour('surface');
		ctx.fillRect(from, top, to - from, height);
		ctx.strokeStyle = colour('muted');
		ctx.lineWidth = 0.8 * devicePixelRatio;
		ctx.beginPath();
		for (let x = from - height; x < to; x += HATCH * devicePixelRatio) {
			ctx.moveTo(x, top + height);
			ctx.lineTo(x + height, top);
		}
		ctx.stroke();
		ctx.restore();
	}
	ctx.restore();
}

// Moments that the program or somebody else gave a name.
function drawMarks(plot, recording) {
	const { ctx, bbox } = plot;
	const scale = devicePixelRatio;
	ctx.save();
	ctx.strokeStyle = ctx.fillStyle = colour('sand');
	ctx.lineWidth = scale;
	ctx.font = `${11 * scale}px system-ui, sans-serif`;
	ctx.textAlign = 'left';
	let free = bbox.left;
	for (const { us, text } of recording.marks) {
		const x = plot.valToPos(us, 'x', true);
		if (x < bbox.left || x > bbox.left + bbox.width) continue;
		ctx.beginPath();
		ctx.moveTo(x, bbox.top);
		ctx.lineTo(x, bbox.top + bbox.height);
		ctx.stroke();
		const width = ctx.measureText(text).width;
		// A name that would run into the one before, or over the edge, is in the list below alone.
		if (x < free || x + width > bbox.left + bbox.width) continue;
		ctx.fillText(text, x + 4 * scale, bbox.top - 5 * scale);
		free = x + width + 12 * scale;
	}
	ctx.restore();
}

function drawPeak(plot, recording) {
	const { peak_bytes: peak, peak_us: us } = recording.facts.totals;
	if (!peak || !us) return;
	const { ctx } = plot;
	const x = plot.valToPos(us, 'x', true);
	const y = plot.valToPos(peak, 'bytes', true);
	const scale = devicePixelRatio;
	ctx.save();
	ctx.strokeStyle = ctx.fillStyle = colour('tide');
	ctx.lineWidth = 1.5 * scale;
	ctx.setLineDash([5 * scale, 4 * scale]);
	ctx.beginPath();
	ctx.moveTo(plot.bbox.left, y);
	ctx.lineTo(plot.bbox.left + plot.bbox.width, y);
	ctx.stroke();
	ctx.beginPath();
	ctx.arc(x, y, 4 * scale, 0, 7);
	ctx.fill();
	ctx.font = `600 ${12 * scale}px system-ui, sans-serif`;
	ctx.textAlign = 'left';
	const words = `peak ${bytes(peak)} at ${duration(us)}`;
	const room = ctx.measureText(words).width + 12 * scale;
	const { left, width } = plot.bbox;
	// Beside the dot, or where there is room for it.
	const start = x + room <= left + width ? x + 8 * scale : Math.max(left, Math.min(x - 8 * scale, left + width) - room + 12 * scale);
	ctx.fillText(words, start, y - 7 * scale);
	ctx.restore();
}

function options(recording, list, width, hooks) {
	const axis = { stroke: colour('muted'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid'), width: 1, size: 4 },
		font: '12px system-ui, sans-serif' };
	const peak = Math.max(recording.facts.totals.peak_bytes, recording.before?.facts.totals.peak_bytes || 0);
	return {
		width, height: HEIGHT, padding: [18, 12, 0, 0],
		legend: { show: false },
		cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
		scales: {
			x: { time: false },
			bytes: { range: (_, low, high) => [0, Math.max(high || 0, peak, 1) * 1.12] },
			count: { range: (_, low, high) => [0, Math.max(high || 0, 1) * 1.12] },
		},
		axes: [
			{ ...axis, values: (_, splits) => splits.map((us) => duration(us)), space: 90, size: 34 },
			{ ...axis, scale: 'bytes', size: 74, splits: byteSplits, values: (_, splits) => splits.map(axisBytes) },
			{ ...axis, scale: 'count', side: 1, size: 74, grid: { show: false }, show: list.some((one) => one.unit === 'count' && !one.off),
				values: (_, splits) => splits.map(count) },
		],
		series: [{}, ...list.map((one) => ({
			scale: one.unit, stroke: colour(one.colour), width: one.area ? 0 : one.fill ? 2 : 1.5, paths: one.area || one.stepped ? STEPS : undefined, dash: one.dash, show: !one.off, spanGaps: true,
			fill: one.area ? colour(one.colour) : one.fill ? colour('series-live-fill') : undefined, points: { show: false },
		}))],
		hooks,
	};
}

function Chart({ recording, columns, list, range, setRange, setAt, theme }) {
	const place = useRef(null);
	const plot = useRef(null);
	useEffect(() => {
		const hooks = {
			draw: [(u) => drawPauses(u, recording), (u) => drawMarks(u, recording), (u) => drawPeak(u, recording)],
			setCursor: [(u) => setAt(u.cursor.idx ?? null)],
			setSelect: [(u) => {
				if (!u.select.width) return;
				const [from, to] = [u.select.left, u.select.left + u.select.width].map((x) => u.posToVal(x, 'x') / 1000);
				setRange({ from: Math.max(0, from), to });
			}],
		};
		const data = [columns.us, ...list.map((one) => columns[one.key])];
		const u = new uPlot(options(recording, list, place.current.clientWidth, hooks), data, place.current);
		plot.current = u;
		const observer = new ResizeObserver(() => {
			if (place.current) u.setSize({ width: place.current.clientWidth, height: HEIGHT });
		});
		observer.observe(place.current);
		return () => {
			observer.disconnect();
			u.destroy();
		};
	}, [recording, columns, list, theme]);
	useEffect(() => {
		const u = plot.current;
		const left = range ? u.valToPos(range.from * 1000, 'x') : 0;
		const right = range ? u.valToPos(range.to * 1000, 'x') : 0;
		u.setSelect({ left: Math.max(0, left), width: Math.min(u.over.clientWidth, right) - Math.max(0, left), top: 0,
			height: u.over.clientHeight }, false);
	}, [range, recording, columns, list, theme]);
	const { totals } = recording.facts;
	return <div ref={place} class="chart" role="img"
		aria-label={`Live bytes over ${duration(recording.facts.recording.duration_us)}, with a peak of ${bytes(totals.peak_bytes)} at ${duration(totals.peak_us)}`} />;
}

// The reading at a moment, or the one before it.
function lastKnown(values, at) {
	while (at > 0 && values[at] === null) at--;
	return values[at];
}

// What the chart shows at a moment.
function Reading({ columns, list, at }) {
	if (at === null) return <span class="muted">Drag over the chart, or move the sliders, to look at a part of the run.</span>;
	return (
		<>
			<b>{duration(columns.us[at])}</b>
			{list.filter((one) => !one.off && !one.edge && lastKnown(one.part || columns[one.key], at) !== null).map((one) => (
				<span key={one.key}>{one.name} {(one.unit === 'bytes' ? bytes : count)(lastKnown(one.part || columns[one.key], at))}</span>))}
		</>
	);
}

function RangeStory({ recording, columns, range, mask }) {
	const inside = columns.us.map((us, i) => [us / 1000, columns.live_bytes[i]])
		.filter(([ms, live]) => ms >= range.from && ms <= range.to && live !== null);
	const sites = mask ? mask.reduce((sum, one) => sum + one, 0) : recording.count;
	if (!inside.length) return <>No reading was taken between {duration(range.from * 1000)} and {duration(range.to * 1000)}. </>;
	const first = inside[0][1];
	const last = inside[inside.length - 1][1];
	const most = inside.reduce((a, b) => (b[1] > a[1] ? b : a));
	return (
		<>
			Between <b>{duration(range.from * 1000)}</b> and <b>{duration(range.to * 1000)}</b>: live from {bytes(first)} to {bytes(last)}
			{' '}({signed(last - first, bytes)}), at most {bytes(most[1])} at {duration(most[0] * 1000)}.
			{' '}{counted(sites, 'site')} allocated in that time; the flame graph and the tables show these.
		</>
	);
}

// The step is the page's own, as the browser's would not reach the end of a run of any length.
function Slider({ name, value, end, step, set }) {
	const keys = (event) => {
		const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -25, PageUp: 25 }[event.key];
		if (!way) return;
		event.preventDefault();
		set(Math.max(0, Math.min(end, value + way * step)));
	};
	return (
		<label>{name} <input type="range" min="0" max={end} step="any" value={value} aria-valuetext={duration(value * 1000)}
			onKeyDown={keys} onInput={(event) => set(+event.currentTarget.value)} /></label>
	);
}

// What the sites of the history gained or lost in a range.
function Growth({ recording, range, choose }) {
	const { columns, rows } = recording.history;
	const inside = rows.filter((row) => row[0] / 1000 >= range.from && row[0] / 1000 <= range.to);
	if (inside.length < 2) return null;
	const [from, to] = [inside[0], inside[inside.length - 1]];
	const list = columns.map((column, i) => ({ site: recording.siteAt(column.site), value: to[i + 2] - from[i + 2] }))
		.filter((one) => one.value && one.site >= 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, 4);
	if (!list.length) return null;
	return (
		<> {list.map(({ site, value }) => {
			const f = recording.ownFrame(site);
			return <button type="button" class="quiet" key={site} onClick={() => choose({ kind: 'site', site })}>
				{signed(value, bytes)} <code>{f >= 0 ? recording.frame(f).name : `#${recording.sites.id[site]}`}</code></button>;
		})}</>
	);
}

function Pauses({ list }) {
	if (!list.length) return null;
	return <p class="muted pauses"><i class="hatched" aria-hidden="true" />Recording was off {list.length > 4 ? `${count(list.length)} times, for ${
		duration(list.reduce((sum, one) => sum + one.until_us - one.us, 0))} in all` : list.map((one) => `from ${duration(one.us)} to ${duration(one.until_us)}`).join(', ')}:
		blocks from that time are in no curve.</p>;
}

// Named moments; choosing one shows the time from it to the next.
function Marks({ recording, end, setRange }) {
	const { marks } = recording;
	if (!marks.length) return null;
	return (
		<ol class="marks" aria-label="Marks">
			{marks.map((mark, i) => (
				<li key={i}><button type="button" class="quiet" title="from here to the next mark"
					onClick={() => setRange({ from: mark.us / 1000, to: i + 1 < marks.length ? marks[i + 1].us / 1000 : end })}>
					<b>{mark.text}</b> <span class="muted">{duration(mark.us)}, {bytes(mark.live_bytes)} live</span></button></li>
			))}
		</ol>
	);
}

const KINDS = [['heap_bytes', 'live heap', 'hue-0'], ['free_bytes', "free or the allocator's", 'hue-2'], ['mapped_bytes', 'mapped with mmap', 'hue-5'], ['file_bytes', 'files', 'hue-1'],
	['stack_bytes', 'stacks', 'hue-3'], ['recorder_bytes', 'tidemark', 'hue-7']];

// What was resident when most was.
function Account({ recording }) {
	const { account } = recording;
	if (!account?.rss_bytes) return null;
	const parts = KINDS.filter(([key]) => account[key] > 0);
	return (
		<div class="account">
			<p>Most was resident at {duration(account.us)}: <b>{bytes(account.rss_bytes)}</b>
				{account.absent_bytes > 0 && `, and ${bytes(account.absent_bytes)} of the live heap was not: never touched, or swapped out`}.</p>
			<div class="account-bar" aria-hidden="true">{parts.map(([key, , hue]) => <i key={key} class={hue} style={{ flexGrow: account[key] }} />)}</div>
			<p class="hues">{parts.map(([key, name, hue]) => <span key={key}><i class={hue} />{name} {bytes(account[key])}</span>)}</p>
		</div>
	);
}

function Sliders({ end, range, setRange }) {
	const step = end / 500;
	const now = range || { from: 0, to: end };
	const set = (from, to) => setRange(from <= 0 && to >= end ? null : { from, to });
	return (
		<div class="sliders">
			<Slider name="From" value={now.from} end={end} step={step} set={(value) => set(Math.min(value, now.to), now.to)} />
			<Slider name="To" value={now.to} end={end} step={step} set={(value) => set(now.from, Math.max(value, now.from))} />
			<button type="button" class="quiet" disabled={!range} onClick={() => setRange(null)}>Whole run</button>
		</div>
	);
}

function Legend({ list, toggle, choose }) {
	return (
		<div class="legend" role="group" aria-label="Curves">
			{(list[0]?.area ? list.filter((one) => one.area).reverse() : list).map((one) => (one.area
				? <button key={one.key} type="button" class="plain" disabled={!(one.site >= 0)} onClick={() => choose({ kind: 'site', site: one.site })}>
					<i class={`swatch block ${one.colour}`} />{one.name}</button>
				: <label key={one.key} class={one.off ? 'off' : ''}>
					<input type="checkbox" checked={!one.off} onChange={() => toggle(one.key)} />
					<i class={`swatch ${one.colour} ${one.dash ? 'dashed' : ''}`} />{one.name}</label>))}
		</div>
	);
}

function useCurves(recording, way, off) {
	const whole = useMemo(() => makeColumns(recording), [recording]);
	const stacked = useMemo(() => (recording.areas && !recording.base ? stackColumns(recording) : null), [recording]);
	return useMemo(() => {
		if (way === 'sites' && stacked) return stacked;
		return { columns: whole, list: SERIES.filter((one) => whole[one.key]).map((one) => ({ ...one, off: off.has(one.key),
			name: one.key === 'outside' ? (recording.series.pid ? 'Resident' : 'Resident, all processes') : one.name })) };
	}, [whole, stacked, way, off]);
}

export function Timeline({ recording, range, setRange, mask, theme, choose }) {
	const [off, setOff] = useState(() => new Set(SERIES.filter((one) => one.hidden).map((one) => one.key)));
	const [way, setWay] = useState('whole');
	const [at, setAt] = useState(null);
	const { columns, list } = useCurves(recording, way, off);
	const toggle = (key) => setOff((old) => {
		const next = new Set(old);
		if (!next.delete(key)) next.add(key);
		return next;
	});
	useEffect(() => setAt(null), [columns]);
	if (columns.us.length < 2)
		return (
			<Section id="timeline" title="Timeline">
				<p class="card empty">The run was too short for a timeline: {counted(columns.us.length, 'reading')} in {duration(recording.facts.recording.duration_us)}.</p>
			</Section>
		);
	const end = columns.us[columns.us.length - 1] / 1000;
	const whole = { recording, columns, range };
	return (
		<Section id="timeline" title="Timeline" aside={recording.areas && !recording.base && <Choice label="Of what" value={way} change={setWay}
			options={[['whole', 'Whole'], ['sites', 'By site', 'the sites that were the largest at any time']]} />}>
			<div class="card">
				<Legend list={list} toggle={toggle} choose={choose} />
				<Chart {...whole} list={list} setRange={setRange} setAt={setAt} theme={theme} />
				<Pauses list={recording.facts.recording.pauses} />
				<p class="reading">
					{range ? <span role="status"><RangeStory {...whole} columns={columns.live_bytes ? columns : { us: columns.us, live_bytes: columns.live }} mask={mask} />
						{recording.history && !recording.base && <Growth recording={recording} range={range} choose={choose} />}</span>
						: <Reading columns={columns} list={list} at={at} />}
				</p>
				<Sliders end={end} range={range} setRange={setRange} />
				<Marks recording={recording} end={end} setRange={setRange} />
				<Account recording={recording} />
			</div>
		</Section>
	);
}
