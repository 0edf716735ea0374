// SPDX-License-Identifier: LGPL-2.1-or-later
// Rows of a table: the sites themselves, or groups of them.  A site counts for its first shown
// frame, as in the text report; "with callees" counts it for every function on its stack, once.

import { COLUMNS } from './data.js';
import { basename } from './format.js';

export const GROUPS = {
	site: 'Sites',
	function: 'Functions',
	line: 'Lines',
	file: 'Files',
	module: 'Modules',
};

const NO_STACK = { label: '(no stack)', detail: '' };

function keyOf(recording, frame, by) {
	const { frames, strings } = recording;
	const module = strings[frames.module[frame]];
	const file = strings[frames.file[frame]];
	const own = recording.functions.list[recording.frameFunction[frame]];
	if (by === 'function' || (by === 'line' && !file)) return { key: own.key, label: own.name, detail: own.detail };
	if (by === 'line') {
		const line = frames.line[frame];
		return { key: `${file}:${line}\x01${own.name}`, label: `${basename(file)}:${line}`, detail: own.name, file, line };
	}
	if (by === 'file' && file) return { key: file, label: file, detail: '', file };
	return module ? { key: `m${module}`, label: basename(module), detail: module } :
		{ key: 'm', label: '(no module)', detail: 'code made at run time' };
}

// {count, columns, label(i), detail(i), …}; a row's number is its place in the columns.
export function makeRows(recording, by) {
	return by === 'site' ? siteRows(recording) : groupRows(recording, by);
}

function siteRows(recording) {
	const callers = (s) => {
		const names = [];
		for (let i = recording.first[s] + 1; i < recording.first[s + 1] && names.length < 3; i++) {
			const { name } = recording.functions.list[recording.frameFunction[recording.stack[i]]];
			if (name !== names[names.length - 1]) names.push(name);
		}
		return names.join(' ← ');
	};
	const columns = {};
	for (const key of COLUMNS) columns[key] = recording.column(key);
	return {
		by: 'site', count: recording.count, columns, base: recording.base, siteOf: null,
		row(s) {
			const f = recording.ownFrame(s);
			if (f < 0) return { ...NO_STACK, id: recording.sites.id[s] };
			const frame = recording.frame(f);
			const place = frame.file ? `${basename(frame.file)}:${frame.line}` : basename(frame.module);
			return { label: frame.name, place, detail: callers(s), id: recording.sites.id[s], known: frame.known };
		},
	};
}

function groupRows(recording, by) {
	const numbers = new Map();
	const rows = [];
	const ofFrame = new Int32Array(recording.frames.function.length).fill(-1);
	const siteOf = new Uint32Array(recording.count);
	const find = (frame) => {
		if (frame >= 0 && ofFrame[frame] >= 0) return ofFrame[frame];
		const row = frame < 0 ? { key: '', ...NO_STACK } : keyOf(recording, frame, by);
		let number = numbers.get(row.key);
		if (number === undefined) {
			number = rows.length;
			numbers.set(row.key, number);
			rows.push({ ...row, frame, sites: 0 });
		}
		if (frame >= 0) ofFrame[frame] = number;
		return number;
	};
	for (let s = 0; s < recording.count; s++) {
		siteOf[s] = find(recording.ownFrame(s));
		rows[siteOf[s]].sites++;
	}
	const result = { by, count: rows.length, siteOf, row: (i) => rows[i] };
	result.columns = sumColumns(recording, (key) => recording.column(key), siteOf, rows.length, null);
	if (recording.base)
		result.base = sumColumns(recording, (key) => recording.base[key], siteOf, rows.length, null);
	return result;
}

function sumColumns(recording, column, siteOf, count, mask) {
	const columns = {};
	for (const key of COLUMNS) {
		const from = column(key);
		const to = new Float64Array(count);
		for (let s = 0; s < recording.count; s++) {
			if (mask && !mask[s]) continue;
			if (key === 'own_peak_bytes') to[siteOf[s]] = Math.max(to[siteOf[s]], from[s]);
			else to[siteOf[s]] += from[s];
		}
		columns[key] = to;
	}
	return columns;
}

// The rows that a mask of sites leaves, and their sums over those sites alone.
export function maskRows(recording, rows, mask) {
	if (!mask) return rows;
	if (!rows.siteOf) return { ...rows, keep: mask };
	const keep = new Uint8Array(rows.count);
	for (let s = 0; s < recording.count; s++) if (mask[s]) keep[rows.siteOf[s]] = 1;
	const masked = { ...rows, keep };
	masked.columns = sumColumns(recording, (key) => recording.column(key), rows.siteOf, rows.count, mask);
	if (rows.base) masked.base = sumColumns(recording, (key) => recording.base[key], rows.siteOf, rows.count, mask);
	return masked;
}

// Numbers of the rows in order: largest first, unless told otherwise; equal ones as they came.
export function sortRows(rows, value, ascending) {
	const order = [];
	for (let i = 0; i < rows.count; i++) if (!rows.keep || rows.keep[i]) order.push(i);
	const sign = ascending ? 1 : -1;
	if (typeof value(0) === 'string') order.sort((a, b) => sign * value(a).localeCompare(value(b)) || a - b);
	else order.sort((a, b) => sign * (value(a) - value(b)) || a - b);
	return Uint32Array.from(order);
}

// For each function, the sum over the sites that have it anywhere on their stack.
export function withCallees(recording, key) {
	const values = recording.column(key);
	const sums = new Float64Array(recording.functions.list.length);
	const seen = new Int32Array(recording.functions.list.length).fill(-1);
	for (let s = 0; s < recording.count; s++)
		for (let i = recording.first[s]; i < recording.first[s + 1]; i++) {
			const number = recording.frameFunction[recording.stack[i]];
			if (seen[number] === s) continue;
			seen[number] = s;
			sums[number] += values[s];
		}
	return sums;
}
