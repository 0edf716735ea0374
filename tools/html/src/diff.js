// SPDX-License-Identifier: LGPL-2.1-or-later
// Two recordings as one: a site for each row of the comparison that tools/compare made, with the new
// numbers, and the old ones beside them in `base`.  Its stack is the new one, or the old one of what
// is gone.

import { COLUMNS, Recording } from './data.js';

// By what the old stack was found again; the order is that of enum view_match.
export const MATCHES = ['', '', 'same names', 'same functions', 'same but for inlining', 'renamed', 'most callers the same'];

// One set of tables for both: the old one's numbers begin behind the new one's.
function join(before, after) {
	const frames = {};
	for (const key of ['function', 'brief', 'file', 'module'])
		frames[key] = [...after.frames[key], ...before.frames[key].map((n) => (n ? n + after.strings.length : 0))];
	for (const key of ['line', 'offset', 'flags']) frames[key] = [...after.frames[key], ...before.frames[key]];
	const shift = after.nodes.parent.length;
	const nodes = {
		parent: [...after.nodes.parent, ...before.nodes.parent.map((n) => (n ? n + shift : 0))],
		frame: [...after.nodes.frame, ...before.nodes.frame.map((n) => n + after.frames.function.length)],
	};
	return { strings: [...after.strings, ...before.strings], frames, nodes };
}

function joinSites(before, after, diff) {
	const shift = after.nodes.parent.length;
	const pick = (key) => diff.new.map((s, i) => (s >= 0 ? after.sites[key][s] : before.sites[key][diff.old[i]]));
	const sites = {};
	for (const key of ['id', 'inner', 'shown', 'cut', 'first_ms', 'last_ms', 'threads']) sites[key] = pick(key);
	sites.node = diff.new.map((s, i) => (s >= 0 ? after.sites.node[s] : before.sites.node[diff.old[i]] && before.sites.node[diff.old[i]] + shift));
	sites.histogram = diff.new.flatMap((s, i) => {
		const [from, at] = s >= 0 ? [after, s] : [before, diff.old[i]];
		return from.sites.histogram.slice(at * 8, at * 8 + 8);
	});
	for (const key of COLUMNS) sites[key] = diff.after[key];
	return sites;
}

export function compare(before, after, diff) {
	const both = new Recording(after.facts, { ...join(before, after), sites: joinSites(before, after, diff), timeline: after.timeline,
		modules: after.modules, sources: [] }, after.number);
	both.sources = new Map([...before.sources, ...after.sources]);
	both.before = before;
	both.base = diff.before;
	both.notes = diff.notes;
	both.othersCount = diff.others;
	both.states = diff.new.map((s, i) => (s < 0 ? 'gone' : diff.old[i] < 0 ? 'new' : 'kept'));
	both.matches = diff.match.map((match) => MATCHES[match]);
	return both;
}
