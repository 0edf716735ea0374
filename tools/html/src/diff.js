// SPDX-License-Identifier: LGPL-2.1-or-later
// Two recordings as one: the new one's sites with the old one's numbers beside, and after them those
// that only the old one has.  Stacks are the same when their functions, files and lines are; what
// is left then is matched by the functions alone, as lines move.

import { COLUMNS, Recording } from './data.js';

function keysOf(recording, lines) {
	const ofFrame = Array.from(recording.frameFunction, (number, f) => {
		const { key } = recording.functions.list[number];
		return lines ? `${key}\x02${recording.frames.line[f]}` : key;
	});
	return Array.from({ length: recording.count }, (_, s) =>
		Array.from(recording.stack.subarray(recording.first[s], recording.first[s + 1]), (f) => ofFrame[f]).join('\x03'));
}

// partner[new site] = [old sites]; each old site has at most one partner.
function match(before, after) {
	const partners = Array.from({ length: after.count }, () => []);
	const taken = new Uint8Array(before.count);
	const matched = new Uint8Array(after.count);
	for (const lines of [true, false]) {
		const places = new Map();
		keysOf(after, lines).forEach((key, s) => {
			if (!matched[s] && !places.has(key)) places.set(key, s);
		});
		keysOf(before, lines).forEach((key, s) => {
			const place = taken[s] ? undefined : places.get(key);
			if (place === undefined) return;
			partners[place].push(s);
			taken[s] = 1;
		});
		partners.forEach((list, s) => { if (list.length) matched[s] = 1; });
	}
	return { partners, taken };
}

// One set of tables for both: the old one's numbers begin behind the new one's.
function join(before, after, extra) {
	const strings = [...after.strings, ...before.strings];
	const by = (list, offset) => list.map((n) => n + offset);
	const frames = {};
	for (const key of ['function', 'brief', 'file', 'module'])
		frames[key] = [...after.frames[key], ...before.frames[key].map((n) => (n ? n + after.strings.length : 0))];
	for (const key of ['line', 'offset', 'flags']) frames[key] = [...after.frames[key], ...before.frames[key]];
	const shift = after.nodes.parent.length;
	const nodes = {
		parent: [...after.nodes.parent, ...before.nodes.parent.map((n) => (n ? n + shift : 0))],
		frame: [...after.nodes.frame, ...by(before.nodes.frame, after.frames.function.length)],
	};
	const sites = {};
	for (const key of Object.keys(after.sites)) {
		if (key === 'histogram') continue;
		const old = extra.map((s) => before.sites[key][s]);
		sites[key] = [...after.sites[key], ...(key === 'node' ? by(old, shift) : COLUMNS.includes(key) ? old.map(() => 0) : old)];
	}
	sites.histogram = [...after.sites.histogram,
		...extra.flatMap((s) => before.sites.histogram.slice(s * 8, s * 8 + 8))];
	return { strings, frames, nodes, sites };
}

export function compare([before, after]) {
	const { partners, taken } = match(before, after);
	const extra = [];
	for (let s = 0; s < before.count; s++) if (!taken[s]) extra.push(s);
	const tables = join(before, after, extra);
	const both = new Recording(after.facts, { ...tables, timeline: after.timeline, others: after.others,
		unmatched: after.unmatched, modules: after.modules, sources: [] }, 1);
	both.sources = new Map([...before.sources, ...after.sources]);
	both.before = before;
	both.base = {};
	for (const key of COLUMNS) {
		const from = before.column(key);
		const add = key === 'own_peak_bytes' ? (a, b) => Math.max(a, b) : (a, b) => a + b;
		both.base[key] = Float64Array.from([
			...partners.map((list) => list.reduce((sum, s) => add(sum, from[s]), 0)),
			...extra.map((s) => from[s]),
		]);
	}
	both.states = Array.from({ length: both.count }, (_, s) =>
		s >= after.count ? 'gone' : partners[s].length ? 'kept' : 'new');
	return both;
}
