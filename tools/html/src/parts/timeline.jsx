// SPDX-License-Identifier: LGPL-2.1-or-later
// Live bytes, resident memory and blocks over time.  A range is chosen with the mouse on the chart
// or with the two sliders below it; tables and flame graph then keep the sites at work in it.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { bytes, count, counted, duration, signed } from '../format.js';
import { colour } from '../theme.js';
import { Section } from './bits.jsx';

const HEIGHT = 260;
const SERIES = [
	{ key: 'live_bytes', name: 'Live', colour: 'series-live', unit: 'bytes', fill: true },
	{ key: 'rss_bytes', name: 'Resident', colour: 'series-rss', unit: 'bytes', dash: [6, 4] },
	{ key: 'live_blocks', name: 'Blocks', colour: 'series-blocks', unit: 'count', hidden: true },
	{ key: 'before', name: 'Live, old', colour: 'series-before', unit: 'bytes', dash: [3, 3] },
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
	if (!columns.rss_bytes.some((value) => value > 0)) delete columns.rss_bytes;
	else columns.rss_bytes = columns.rss_bytes.map((value) => value || null);
	return columns;
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
			scale: one.unit, stroke: colour(one.colour), width: one.fill ? 2 : 1.5, dash: one.dash, show: !one.off, spanGaps: true,
			fill: one.fill ? colour('series-live-fill') : undefined, points: { show: false },
		}))],
		hooks,
	};
}

function Chart({ recording, columns, list, range, setRange, setAt, theme }) {
	const place = useRef(null);
	const plot = useRef(null);
	useEffect(() => {
		const hooks = {
			draw: [(u) => drawPeak(u, recording)],
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

// What the chart shows at a moment.
function Reading({ columns, list, at }) {
	if (at === null) return <span class="muted">Drag over the chart, or move the sliders, to look at a part of the run.</span>;
	return (
		<>
			<b>{duration(columns.us[at])}</b>
			{list.filter((one) => !one.off && columns[one.key][at] !== null).map((one) => (
				<span key={one.key}>{one.name} {one.unit === 'bytes' ? bytes(columns[one.key][at]) : count(columns[one.key][at])}</span>))}
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

export function Timeline({ recording, range, setRange, mask, theme }) {
	const [off, setOff] = useState(() => new Set(SERIES.filter((one) => one.hidden).map((one) => one.key)));
	const [at, setAt] = useState(null);
	const columns = useMemo(() => makeColumns(recording), [recording]);
	const list = useMemo(() => SERIES.filter((one) => columns[one.key]).map((one) => ({ ...one, off: off.has(one.key) })), [columns, off]);
	const toggle = (key) => setOff((old) => {
		const next = new Set(old);
		if (!next.delete(key)) next.add(key);
		return next;
	});
	if (columns.us.length < 2)
		return (
			<Section id="timeline" title="Timeline">
				<p class="card empty">The run was too short for a timeline: {counted(columns.us.length, 'reading')} in {duration(recording.facts.recording.duration_us)}.</p>
			</Section>
		);
	const end = columns.us[columns.us.length - 1] / 1000;
	return (
		<Section id="timeline" title="Timeline" aside={(
			<div class="legend" role="group" aria-label="Curves">
				{list.map((one) => (
					<label key={one.key} class={one.off ? 'off' : ''}>
						<input type="checkbox" checked={!one.off} onChange={() => toggle(one.key)} />
						<i class={`swatch ${one.colour} ${one.dash ? 'dashed' : ''}`} />{one.name}
					</label>
				))}
			</div>
		)}>
			<div class="card">
				<Chart recording={recording} columns={columns} list={list} range={range} setRange={setRange} setAt={setAt} theme={theme} />
				<p class="reading">
					{range ? <span role="status"><RangeStory recording={recording} columns={columns} range={range} mask={mask} /></span>
						: <Reading columns={columns} list={list} at={at} />}
				</p>
				<Sliders end={end} range={range} setRange={setRange} />
			</div>
		</Section>
	);
}
