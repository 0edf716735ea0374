// SPDX-License-Identifier: LGPL-2.1-or-later
// The data of the page as tools/render/html.c wrote it, and what every view asks of it.  Sites are
// numbers from 0; columns are arrays over them.  Large tables stay arrays of numbers: a recording
// may have 100,000 sites.

import { basename, bytes, count } from './format.js';

export const COLUMNS = [
	'at_peak_bytes', 'at_peak_blocks', 'live_bytes', 'live_blocks', 'own_peak_bytes', 'total_bytes', 'calls',
	'temporaries',
];

// What a chart or a table can be about.  `blocks`: the column that says in how many.
export const METRICS = {
	at_peak_bytes: { name: 'At peak', of: 'held at the peak', format: bytes, blocks: 'at_peak_blocks' },
	live_bytes: { name: 'Live at end', of: 'live at the end', format: bytes, blocks: 'live_blocks' },
	total_bytes: { name: 'Allocated', of: 'allocated in all', format: bytes, blocks: 'calls' },
	calls: { name: 'Calls', of: 'calls of the allocator', format: count },
	temporaries: { name: 'Temporary', of: 'temporary allocations', format: count },
	own_peak_bytes: { name: 'Own peak', of: 'the most held at any one time', format: bytes },
	at_peak_blocks: { name: 'Blocks', of: 'blocks at the peak', format: count },
	live_blocks: { name: 'Live blocks', of: 'blocks live at the end', format: count },
};

// After a leak scan.
export const LEAK_METRICS = {
	definite_bytes: { name: 'Leaked', of: 'definitely leaked', format: bytes, blocks: 'definite_blocks' },
	indirect_bytes: { name: 'Indirect', of: 'indirectly leaked', format: bytes, blocks: 'indirect_blocks' },
	possible_bytes: { name: 'Possible', of: 'possibly leaked', format: bytes, blocks: 'possible_blocks' },
	reachable_bytes: { name: 'Reachable', of: 'still reachable at the scan', format: bytes, blocks: 'reachable_blocks' },
};
Object.assign(METRICS, LEAK_METRICS);

export const LEAK_CLASSES = ['definite', 'indirect', 'possible', 'reachable'];

const INLINED = 1;
const GUESSED = 2;
const PYTHON = 4;

// Things with a name that sites are counted for: numbers them by key.
class Names {
	constructor() {
		this.numbers = new Map();
		this.list = [];
	}

	add(key, make) {
		let number = this.numbers.get(key);
		if (number === undefined) {
			number = this.list.length;
			this.numbers.set(key, number);
			this.list.push(make());
		}
		return number;
	}
}

export function readScript(id) {
	const element = document.getElementById(id);
	return element ? JSON.parse(element.textContent) : null;
}

export class Recording {
	constructor(facts, data, number = 0) {
		this.facts = facts;
		this.number = number;
		this.strings = data.strings;
		this.frames = data.frames;
		this.nodes = data.nodes;
		this.sites = data.sites;
		this.timeline = data.timeline;
		this.others = data.others;
		this.unmatched = data.unmatched;
		this.modules = data.modules;
		this.history = data.history?.rows.length > 1 && data.history.columns.length ? data.history : null;
		this.areas = data.areas?.length && data.areas_us.length > 1 ? { areas: data.areas, us: data.areas_us, live: data.areas_live } : null;
		this.mappings = data.mappings || [];
		this.mappingsCounted = !!data.mappings_counted;
		this.mappingsMore = data.mappings_more || 0;
		this.threads = data.threads || [];
		this.shares = data.shares || null;
		this.marks = data.marks || [];
		this.account = data.account || null;
		// As seen from outside: of the whole tree where there is one, else of the process.
		this.series = (data.processes || []).find((one) => !one.pid) || (data.processes || [])[0] || null;
		this.count = data.sites.node.length;
		this.sources = new Map();
		for (const source of data.sources || []) {
			const path = this.strings[source.file];
			if (!this.sources.has(path)) this.sources.set(path, []);
			this.sources.get(path).push({ line: source.line, newer: source.newer,
				lines: source.text.replace(/\n$/, '').split('\n') });
		}
		this.nameFrames();
		this.flattenStacks();
	}

	// As group.c has it: a function is its short name and the file or module it is in.
	nameFrames() {
		const { frames, strings } = this;
		const size = frames.function.length;
		this.frameFunction = new Uint32Array(size);
		this.functions = new Names();
		for (let f = 0; f < size; f++) {
			const name = strings[frames.brief[f] || frames.function[f]];
			const file = strings[frames.file[f]];
			const module = strings[frames.module[f]];
			const key = name ? `${name}\x01${file || module}` : `${module}\x01+${frames.offset[f]}`;
			this.frameFunction[f] = this.functions.add(key, () => ({
				name: name || placeName(module, frames.offset[f]),
				full: strings[frames.function[f]] || '',
				detail: name ? file || module : module || 'outside every module',
				key, file, module: frames.flags[f] & PYTHON ? 'Python' : module, frame: f, known: !!name,
			}));
		}
	}

	// The shown frames of each site, innermost first, one after the other in one array.
	flattenStacks() {
		const { node, inner, shown } = this.sites;
		const { parent, frame } = this.nodes;
		this.first = new Uint32Array(this.count + 1);
		for (let s = 0; s < this.count; s++) this.first[s + 1] = this.first[s] + shown[s];
		this.stack = new Uint32Array(this.first[this.count]);
		for (let s = 0; s < this.count; s++) {
			let at = node[s];
			for (let skip = inner[s]; skip > 0; skip--) at = parent[at];
			for (let i = this.first[s]; i < this.first[s + 1]; i++) {
				this.stack[i] = frame[at];
				at = parent[at];
			}
		}
	}

	// The shown frames of a stack that is no site's, innermost first.
	stackOf({ node = 0, inner = 0, shown = 0 }) {
		const list = [];
		for (let at = node, i = 0; at && i < inner + shown; i++, at = this.nodes.parent[at]) if (i >= inner) list.push(this.frame(this.nodes.frame[at]));
		return list;
	}

	// The threads that were at a site; empty where there was one thread alone.
	threadsAt(site) {
		if (!this.shares) return [];
		if (!this.firstShare) {
			this.firstShare = new Uint32Array(this.count + 1);
			for (let s = 0; s < this.count; s++) this.firstShare[s + 1] = this.firstShare[s] + this.sites.threads[s];
		}
		return this.shares.slice(this.firstShare[site], this.firstShare[site + 1]).map((number) => this.threads[number]);
	}

	column(key) {
		return this.sites[key];
	}

	sum(key) {
		let sum = 0;
		for (const value of this.column(key) || []) sum += value;
		return sum;
	}

	// All frames, the hidden ones too, innermost first: [{frame, hidden}].
	wholeStack(site) {
		const list = [];
		const from = this.sites.inner[site];
		const to = from + this.sites.shown[site];
		let at = this.sites.node[site];
		for (let i = 0; at; i++, at = this.nodes.parent[at])
			list.push({ frame: this.nodes.frame[at], hidden: i < from || i >= to });
		return list;
	}

	// What is known of a frame, in words.
	frame(f) {
		const { frames, strings } = this;
		const name = strings[frames.brief[f] || frames.function[f]];
		const module = strings[frames.module[f]];
		return {
			name: name || placeName(module, frames.offset[f]),
			full: strings[frames.function[f]],
			file: strings[frames.file[f]],
			line: frames.line[f],
			module,
			offset: frames.offset[f],
			inlined: !!(frames.flags[f] & INLINED),
			guessed: !!(frames.flags[f] & GUESSED),
			python: !!(frames.flags[f] & PYTHON),
			known: !!name,
			number: this.frameFunction[f],
		};
	}

	// A site's place by its number in the recording; -1 when it is not in the page.
	siteAt(id) {
		if (!this.places) this.places = new Map(Array.from(this.sites.id, (one, i) => [one, i]));
		return this.places.get(id) ?? -1;
	}

	// The frame that a site counts for: its first shown one; -1 without a stack.
	ownFrame(site) {
		return this.sites.shown[site] ? this.stack[this.first[site]] : -1;
	}

	// [{line, text}] around a line, from what the report carries of the file.
	sourceLines(file, line, around = 3) {
		for (const run of this.sources.get(file) || [])
			if (line >= run.line && line < run.line + run.lines.length) {
				const from = Math.max(0, line - run.line - around);
				return { newer: run.newer, lines: run.lines.slice(from, line - run.line + around + 1)
					.map((text, i) => ({ line: run.line + from + i, text })) };
			}
		return null;
	}

	// 1 for every site that has a frame, hidden or not, in which the words are found.
	search(query) {
		const words = query.toLowerCase().split(/\s+/).filter(Boolean);
		const { frames, strings } = this;
		const inString = words.map((word) => {
			const found = new Uint8Array(strings.length);
			strings.forEach((text, i) => { found[i] = text.toLowerCase().includes(word); });
			return found;
		});
		const size = frames.function.length;
		const functions = new Uint8Array(this.functions.list.length);
		const frameFound = new Uint8Array(size);
		for (let f = 0; f < size; f++) {
			const line = frames.line[f] ? `:${frames.line[f]}` : '';
			frameFound[f] = inString.every((found, i) => found[frames.function[f]] || found[frames.brief[f]] ||
				found[frames.file[f]] || found[frames.module[f]] ||
				(line && `${basename(strings[frames.file[f]])}${line}`.toLowerCase() === words[i]) ||
				(!frames.function[f] && this.functions.list[this.frameFunction[f]].name.toLowerCase().includes(words[i]))) ? 1 : 0;
			functions[this.frameFunction[f]] |= frameFound[f];
		}
		const { parent, frame } = this.nodes;
		const inNode = new Uint8Array(parent.length);
		for (let n = 1; n < parent.length; n++) inNode[n] = inNode[parent[n]] | frameFound[frame[n]];
		const sites = new Uint8Array(this.count);
		for (let s = 0; s < this.count; s++) sites[s] = inNode[this.sites.node[s]];
		return { sites, functions };
	}
}

function placeName(module, offset) {
	return `${module ? `${basename(module)}+` : ''}0x${offset.toString(16)}`;
}

// Which sites take part: those found by the search and at work in the range.  null is all of them.
// The times of a site are whole milliseconds, the range is not.
export function siteMask(recording, found, range) {
	if (!found && !range) return null;
	const mask = new Uint8Array(recording.count);
	const { first_ms: first, last_ms: last } = recording.sites;
	for (let s = 0; s < recording.count; s++)
		mask[s] = (!found || found.sites[s]) && (!range || (first[s] <= range.to && last[s] + 1 > range.from)) ? 1 : 0;
	return mask;
}
