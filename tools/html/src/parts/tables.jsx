// SPDX-License-Identifier: LGPL-2.1-or-later
// Sites, functions, lines, files and modules, to be sorted by any column.  Only the rows in sight
// are elements; all of them can be reached by keys.

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { METRICS } from '../data.js';
import { bytes, count, counted, duration, percent, shortPath, signed } from '../format.js';
import { GROUPS, makeRows, maskRows, sortRows, withCallees } from '../group.js';
import { Bar, Choice, Number, Section } from './bits.jsx';

const ROW_PX = 46;
const PRINTED = 40;

const COLUMNS = ['at_peak_bytes', 'at_peak_blocks', 'live_bytes', 'total_bytes', 'calls', 'temporaries', 'own_peak_bytes'];
const HINTS = {
	...Object.fromEntries(Object.entries(METRICS).map(([key, one]) => [key, one.of])),
	own_peak_bytes: 'the most that the row held at any one time; these need not coincide, so they add up to nothing',
	callees: 'the same for every stack that the function is on',
};

function useVirtual(scroll, size) {
	const [, update] = useReducer((n) => n + 1, 0);
	const virtual = useRef(null);
	const settings = {
		count: size, getScrollElement: () => scroll.current, estimateSize: () => ROW_PX, overscan: 8,
		scrollToFn: elementScroll, observeElementRect, observeElementOffset, onChange: update, initialRect: { width: 800, height: 560 },
	};
	if (!virtual.current) virtual.current = new Virtualizer(settings);
	virtual.current.setOptions(settings);
	useEffect(() => virtual.current._didMount(), []);
	useEffect(() => virtual.current._willUpdate());
	return virtual.current;
}

// The columns of a table: {key, name, hint, value(i), format}.
function makeColumns(recording, rows, metric) {
	const plain = (key) => ({ key, name: METRICS[key].name, hint: HINTS[key], format: METRICS[key].format, value: (i) => rows.columns[key][i] });
	if (recording.base) {
		const { format, name } = METRICS[metric];
		const now = rows.columns[metric];
		const old = rows.base[metric];
		return [
			{ key: 'change', name: 'Change', hint: `${name}: new less old`, format: (v) => (v ? signed(v, format) : '0'), value: (i) => now[i] - old[i], order: (i) => Math.abs(now[i] - old[i]), signed: true },
			{ key: 'old', name: 'Old', hint: `${name}, old`, format, value: (i) => old[i] },
			{ key: 'new', name: 'New', hint: `${name}, new`, format, value: (i) => now[i] },
		];
	}
	const list = COLUMNS.map(plain);
	if (rows.by === 'function') {
		const sums = withCallees(recording, 'at_peak_bytes');
		list.splice(1, 0, { key: 'callees', name: 'With callees', hint: HINTS.callees, format: bytes,
			value: (i) => { const row = rows.row(i); return row.frame >= 0 ? sums[recording.frameFunction[row.frame]] : rows.columns.at_peak_bytes[i]; } });
	}
	return list;
}

function Head({ columns, sort, setSort, rows }) {
	const button = (key, name, hint, first) => {
		const on = sort.key === key;
		return (
			<div role="columnheader" key={key} class={`th ${first ? 'th-name' : 'number'} c-${key} ${on ? 'on' : ''}`}
				aria-sort={on ? (sort.ascending ? 'ascending' : 'descending') : 'none'}>
				<button type="button" title={hint} onClick={() => setSort({ key, ascending: on ? !sort.ascending : first })}>
					{name}<span class="arrow" aria-hidden="true">{on ? (sort.ascending ? '↑' : '↓') : ''}</span></button>
			</div>
		);
	};
	return (
		<div role="row" class="tr thead" aria-rowindex={1}>
			{button('name', GROUPS[rows.by].replace(/s$/, ''), 'by name', true)}
			{columns.map((one) => button(one.key, one.name, one.hint))}
		</div>
	);
}

function NameCell({ row, by }) {
	const detail = by === 'function' || by === 'module' ? shortPath(row.detail || '', 60) : row.detail;
	return (
		<div role="gridcell" class="td td-name" title={`${row.label}${row.detail ? `\n${by === 'site' ? '← ' : ''}${row.detail}` : ''}`}>
			<span class={row.known === false ? 'name unknown' : 'name'}>{by === 'file' ? shortPath(row.label, 70) : row.label}
				{row.place && <span class="place"> {row.place}</span>}</span>
			<span class="detail">{by === 'site' ? (row.detail ? `← ${row.detail}` : row.id !== undefined ? `#${row.id}` : '') :
				`${detail ? `${detail} · ` : ''}${counted(row.sites, 'site')}`}</span>
		</div>
	);
}

function Row({ index, number, rows, columns, sort, wholes, active, style, choose }) {
	const row = rows.row(number);
	return (
		<div role="row" id={`row-${number}`} class={`tr ${active ? 'active' : ''}`} aria-rowindex={index + 2} aria-selected={active} style={style} onClick={() => choose(number, index)}>
			<NameCell row={row} by={rows.by} />
			{columns.map((one) => {
				const value = one.value(number);
				const whole = wholes[one.key];
				return (
					<div role="gridcell" key={one.key} class={`td number c-${one.key} ${sort.key === one.key ? 'on' : ''} ${value ? '' : 'zero'} ${one.signed ? (value > 0 ? 'more' : value < 0 ? 'less' : '') : ''}`}>
						<Number value={value} format={one.format} />
						{sort.key === one.key && whole > 0 && (
							<span class="share"><Bar part={Math.abs(value) / whole} kind={one.signed ? (value > 0 ? 'more' : 'less') : ''} />
								{!one.signed && one.key !== 'own_peak_bytes' && <small>{percent(value, whole)}</small>}</span>)}
					</div>
				);
			})}
		</div>
	);
}

function thingOf(recording, rows, number) {
	const row = rows.row(number);
	if (rows.by === 'site') return { kind: 'site', site: number };
	if (row.frame < 0) return null;
	if (rows.by === 'function') return { kind: 'function', number: recording.frameFunction[row.frame] };
	return { kind: 'group', by: rows.by, rows, number };
}

function Grid({ recording, rows, columns, sort, setSort, order, choose, printing }) {
	const scroll = useRef(null);
	const [active, setActive] = useState(0);
	const virtual = useVirtual(scroll, order.length);
	const wholes = useMemo(() => Object.fromEntries(columns.map((one) => {
		let sum = 0;
		let most = 0;
		for (const i of order) {
			const value = Math.abs(one.value(i));
			sum += value;
			most = Math.max(most, value);
		}
		return [one.key, one.signed || one.key === 'own_peak_bytes' || one.key === 'callees' ? most : sum];
	})), [columns, order]);
	useEffect(() => {
		setActive(0);
		if (scroll.current) scroll.current.scrollTop = 0;
	}, [order]);
	const go = (index) => {
		const to = Math.max(0, Math.min(order.length - 1, index));
		setActive(to);
		virtual.scrollToIndex(to, { align: 'auto' });
	};
	const open = (number, index) => {
		setActive(index);
		const thing = thingOf(recording, rows, number);
		if (thing) choose(thing);
	};
	const keys = (event) => {
		if (event.target !== scroll.current) return;
		const page = Math.max(1, Math.floor(scroll.current.clientHeight / ROW_PX) - 1);
		const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: order.length - 1 };
		if (event.key in moves) go(moves[event.key]);
		else if ((event.key === 'Enter' || event.key === ' ') && order.length) open(order[active], active);
		else return;
		event.preventDefault();
	};
	const shown = printing ? Array.from({ length: Math.min(PRINTED, order.length) }, (_, index) => ({ index })) : virtual.getVirtualItems();
	return (
		<div class={`grid-frame by-${rows.by} ${recording.base ? 'diff' : ''}`}>
			<div ref={scroll} class="grid" style={{ '--rows': order.length }} role="grid" tabIndex={0} aria-label={GROUPS[rows.by]} aria-rowcount={order.length + 1} aria-colcount={columns.length + 1}
				aria-activedescendant={order.length ? `row-${order[active] ?? order[0]}` : undefined} onKeyDown={keys}>
				<Head columns={columns} sort={sort} setSort={setSort} rows={rows} />
				<div class="tbody" role="rowgroup" style={printing ? {} : { height: `${virtual.getTotalSize()}px` }}>
					{shown.map((item) => item.index < order.length && (
						<Row key={order[item.index]} index={item.index} number={order[item.index]} rows={rows} columns={columns} sort={sort}
							wholes={wholes} active={item.index === active} choose={open}
							style={printing ? {} : { transform: `translateY(${item.start}px)` }} />
					))}
				</div>
			</div>
			{printing && order.length > PRINTED && <p class="muted">and {count(order.length - PRINTED)} more</p>}
		</div>
	);
}

export function Tables({ recording, mask, query, range, setQuery, setRange, choose, printing }) {
	const [by, setBy] = useState('site');
	const [metric, setMetric] = useState('at_peak_bytes');
	const [sort, setSort] = useState({ key: recording.base ? 'change' : 'at_peak_bytes', ascending: false });
	const all = useMemo(() => makeRows(recording, by), [recording, by]);
	const rows = useMemo(() => maskRows(recording, all, mask), [recording, all, mask]);
	const columns = useMemo(() => makeColumns(recording, rows, metric), [recording, rows, metric]);
	const order = useMemo(() => {
		const column = columns.find((one) => one.key === sort.key);
		if (sort.key === 'name') {
			const names = Array.from({ length: rows.count }, (_, i) => rows.row(i).label);
			return sortRows(rows, (i) => names[i], sort.ascending);
		}
		return sortRows(rows, (column || columns[0]).order || (column || columns[0]).value, sort.ascending);
	}, [rows, columns, sort]);
	const reset = () => {
		setQuery('');
		setRange(null);
	};
	return (
		<Section id="tables" title="Tables" aside={(
			<div class="controls">
				<Choice label="A row for each" value={by} change={setBy} options={Object.entries(GROUPS)} />
				{recording.base && <Choice label="What is compared" value={metric} change={setMetric}
					options={['at_peak_bytes', 'live_bytes', 'total_bytes', 'calls'].map((key) => [key, METRICS[key].name])} />}
			</div>
		)}>
			<div class="card flush">
				<p class="table-note" role="status">
					{counted(order.length, 'row')}
					{query.trim() && <> with <b>{query.trim()}</b> somewhere on the stack</>}
					{range && <> at work between {duration(range.from * 1000)} and {duration(range.to * 1000)}</>}
					{(query.trim() || range) && <button type="button" class="quiet" onClick={reset}>Show all</button>}
				</p>
				<Grid recording={recording} rows={rows} columns={columns} sort={sort} setSort={setSort} order={order} choose={choose} printing={printing} />
			</div>
		</Section>
	);
}
