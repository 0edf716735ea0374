// SPDX-License-Identifier: LGPL-2.1-or-later
// The flame graph: every stack of the recording, as wide as what it stands for.  Boxes are elements
// with a name and a place in the tree, so that they can be reached by keys and read aloud.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { LEAK_METRICS, METRICS } from '../data.js';
import { basename, counted, percent, signed } from '../format.js';
import { layoutFlame, pathOf } from '../layout.js';
import { Choice, Section } from './bits.jsx';

const KINDS = ['at_peak_bytes', 'live_bytes', 'total_bytes', 'calls', 'temporaries'];
const OPTIONAL = ['temporaries', ...Object.keys(LEAK_METRICS)];
const SMALLEST_PX = 2;
const HUES = 7;

// The modules with most of it have a colour each; the others share one.
function moduleHues(recording, metric) {
	const values = recording.column(metric);
	const sums = new Map();
	for (let s = 0; s < recording.count; s++) {
		const seen = new Set();
		for (let i = recording.first[s]; i < recording.first[s + 1]; i++) {
			const { module } = recording.functions.list[recording.frameFunction[recording.stack[i]]];
			if (seen.has(module)) continue;
			seen.add(module);
			sums.set(module, (sums.get(module) || 0) + Math.max(0, values[s]));
		}
	}
	const program = recording.facts.recording.program;
	const order = [...sums].sort((a, b) => b[1] - a[1]).map(([module]) => module);
	const own = order.indexOf(program);
	if (own > 0) order.unshift(...order.splice(own, 1));
	const hues = new Map(order.slice(0, HUES).map((module, i) => [module, i]));
	return { of: (module) => hues.get(module) ?? HUES, list: order.slice(0, HUES), more: order.length > HUES };
}

// Part of the larger side that came or went, in five steps each way.
function diffStep(box) {
	const most = Math.max(box.value, box.base, 1);
	return Math.round(((box.value - box.base) / most) * 5);
}

function nameOf(recording, box) {
	if (box.number === -1) return 'all';
	if (box.number === -2) return `${counted(box.sites, 'site')} more`;
	return recording.functions.list[box.number].name;
}

function describe(recording, box, whole, metric) {
	const { format } = METRICS[metric];
	const change = recording.base && box.number !== -2 ? `, ${signed(box.value - box.base, format)}` : '';
	return `${nameOf(recording, box)}, ${format(box.value)}, ${percent(box.value, whole)}${change}, ${counted(box.sites, 'site')}`;
}

function Box({ box, recording, state, hue, whole, metric, focused, top }) {
	const classes = ['box', hue];
	if (box.passed) classes.push('passed');
	if (state === 'found') classes.push('found');
	if (state === 'dim') classes.push('dim');
	return (
		<div role="treeitem" class={classes.join(' ')} data-box={box.index} aria-level={box.depth + 1} tabIndex={focused ? 0 : -1}
			aria-selected={focused} aria-label={describe(recording, box, whole, metric)}
			style={{ left: `${box.x * 100}%`, width: `${box.width * 100}%`, top: `calc(${top} * var(--box))` }}>
			{box.width > 0.012 && nameOf(recording, box)}
		</div>
	);
}

// Moves among boxes as among the nodes of a tree.
function neighbour(boxes, box, key) {
	if (key === 'ArrowUp') return box.parent;
	if (key === 'ArrowDown') return boxes.find((one) => one.parent === box);
	const row = boxes.filter((one) => one.depth === box.depth).sort((a, b) => a.x - b.x);
	const at = row.indexOf(box);
	if (key === 'ArrowLeft') return row[at - 1];
	if (key === 'ArrowRight') return row[at + 1];
	if (key === 'Home') return boxes[0];
	return null;
}

function Graph({ recording, graph, metric, hues, found, zoom, choose, whole, inverted, setHover }) {
	const { boxes, rows } = graph;
	const [at, setAt] = useState(0);
	const place = useRef(null);
	const current = boxes[at] ? at : 0;
	const focusBox = (box) => {
		setAt(box.index);
		setHover(box);
		place.current.querySelector(`[data-box="${box.index}"]`).focus();
	};
	useEffect(() => setAt(0), [graph]);
	const boxAt = (event) => {
		const element = event.target.closest('[data-box]');
		return element ? boxes[+element.dataset.box] : null;
	};
	const keys = (event) => {
		const box = boxAt(event);
		if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
		const next = neighbour(boxes, box, event.key);
		if (next) focusBox(next);
		else if (event.key === 'Enter' || event.key === ' ') zoom(box);
		else if (event.key === 'Backspace') zoom(boxes.filter((one) => one.passed).pop());
		else if (event.key === 'd' && box.number >= 0) choose({ kind: 'function', number: box.number });
		else if (!event.key.startsWith('Arrow')) return;
		event.preventDefault();
	};
	const stateOf = (box) => (!found || box.number < 0 ? '' : found.functions[box.number] ? 'found' : 'dim');
	const hueOf = (box) => {
		if (box.number < 0) return 'plain';
		if (recording.base) {
			const step = diffStep(box);
			return step > 0 ? `more-${step}` : step < 0 ? `less-${-step}` : 'same';
		}
		return `hue-${hues.of(recording.functions.list[box.number].module)} shade-${box.number % 3}`;
	};
	return (
		<div ref={place} class="flame" role="tree" aria-label={`Flame graph of ${METRICS[metric].of}${inverted ? ', inverted' : ''}`}
			style={{ height: `calc(${rows} * var(--box))` }} onKeyDown={keys}
			onClick={(event) => { const box = boxAt(event); if (box) zoom(box); }}
			onMouseOver={(event) => { const box = boxAt(event); if (box) setHover(box); }} onMouseLeave={() => setHover(null)}
			onFocusIn={(event) => { const box = boxAt(event); if (box) { setHover(box); setAt(box.index); } }}>
			{boxes.map((box) => <Box key={box.index} box={box} recording={recording} metric={metric} whole={whole} hue={hueOf(box)}
				state={stateOf(box)} focused={box.index === current} top={box.depth} />)}
		</div>
	);
}

function Reading({ recording, box, all, whole, metric, choose }) {
	const { format, blocks } = METRICS[metric];
	if (!box || box.number === -2) return <span class="muted">{box ? `${counted(box.sites, 'site')} too small to be drawn: ${format(box.value)}` :
		'Point at a box, or move with the arrow keys; Enter or a click zooms in.'}</span>;
	const f = box.number < 0 ? null : recording.functions.list[box.number];
	return (
		<>
			<b class="flame-name" title={f?.full}>{f ? f.full || f.name : 'all'}</b>
			<span>{format(box.value)}</span>
			<span>{percent(box.value, all)} of all</span>
			{whole !== all && <span>{percent(box.value, whole)} of what is shown</span>}
			{recording.base && <span>{signed(box.value - box.base, format)}</span>}
			<span class="muted">{counted(box.sites, 'site')}</span>
			{f && <span class="muted">{f.file ? basename(f.file) : basename(f.module || '')}</span>}
			{f && <button type="button" class="quiet" onClick={() => choose({ kind: 'function', number: box.number })}>Details</button>}
		</>
	);
}

function Legend({ recording, hues }) {
	if (recording.base)
		return <p class="hues"><i class="less-5" />less <i class="less-2" /><i class="same" />as before <i class="more-2" /><i class="more-5" />more or new</p>;
	return (
		<p class="hues">
			{hues.list.map((module, i) => <span key={module}><i class={`hue-${i}`} />{module ? basename(module) : 'no module'}</span>)}
			{hues.more && <span><i class={`hue-${HUES}`} />others</span>}
		</p>
	);
}

export function Flame({ recording, found, mask, range, choose }) {
	const [metric, setMetric] = useState('at_peak_bytes');
	const [way, setWay] = useState('down');
	const [path, setPath] = useState([]);
	const [hover, setHover] = useState(null);
	const [width, setWidth] = useState(1100);
	const place = useRef(null);
	const inverted = way === 'up';
	// A search is shown by colour, a range by what is left.
	const kept = range ? mask : null;
	const kinds = useMemo(() => [...KINDS, ...(recording.base ? [] : Object.keys(LEAK_METRICS))]
		.filter((key) => !OPTIONAL.includes(key) || recording.sum(key) > 0), [recording]);
	useEffect(() => setPath([]), [recording, way]);
	useEffect(() => { if (!kinds.includes(metric)) setMetric('at_peak_bytes'); }, [recording]);
	useEffect(() => {
		const observer = new ResizeObserver(() => setWidth(Math.round(place.current.clientWidth / 50) * 50));
		observer.observe(place.current);
		return () => observer.disconnect();
	}, []);
	const hues = useMemo(() => moduleHues(recording, metric), [recording, metric]);
	const graph = useMemo(() => {
		const made = layoutFlame(recording, { metric, inverted, mask: kept, path, smallest: SMALLEST_PX / Math.max(300, width) });
		made.boxes.forEach((box, i) => { box.index = i; });
		return made;
	}, [recording, metric, inverted, kept, path, width]);
	useEffect(() => setHover(null), [graph]);
	const matched = useMemo(() => {
		if (!found) return null;
		const values = recording.column(metric);
		let sum = 0;
		for (let s = 0; s < recording.count; s++) if (found.sites[s] && (!kept || kept[s])) sum += Math.max(0, values[s]);
		return sum;
	}, [recording, found, metric, kept]);
	const zoom = (box) => {
		if (box && box.number !== -2) setPath(pathOf(box));
	};
	return (
		<Section id="flame" title="Flame graph" aside={(
			<div class="controls">
				<Choice label="What the width stands for" value={metric} change={setMetric} options={kinds.map((key) => [key, METRICS[key].name, METRICS[key].of])} />
				<Choice label="Which way" value={way} change={setWay} options={[['down', 'Top-down', 'from main inwards'], ['up', 'Inverted', 'from the allocating functions outwards']]} />
			</div>
		)}>
			<div class="card">
				<div class="crumbs">
					<button type="button" class="quiet" disabled={!path.length} onClick={() => setPath([])}>All</button>
					{path.map((number, i) => (
						<button type="button" class="quiet" key={i} disabled={i === path.length - 1} onClick={() => setPath(path.slice(0, i + 1))}>
							<span aria-hidden="true">›</span> {recording.functions.list[number].name}</button>
					))}
					{matched !== null && <span class="matched" role="status">found in {METRICS[metric].format(matched)}, {percent(matched, graph.all)}</span>}
				</div>
				<div ref={place} class="flame-place">
					{graph.whole > 0 ? <Graph recording={recording} graph={graph} metric={metric} hues={hues} found={found} zoom={zoom} choose={choose}
						whole={graph.all} inverted={inverted} setHover={setHover} />
						: <p class="empty">Nothing here: no site has {METRICS[metric].of.replace('held', 'anything')}{range ? ' in this range' : ''}.</p>}
				</div>
				<p class="reading"><Reading recording={recording} box={hover} all={graph.all} whole={graph.whole} metric={metric} choose={choose} /></p>
				<Legend recording={recording} hues={hues} />
			</div>
		</Section>
	);
}
