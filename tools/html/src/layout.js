// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the boxes of a flame graph are.  Only boxes wide enough to be seen are made: the sites are
// parted level by level below those alone, so that 100,000 stacks cost no tree.  Widths and places
// are parts of the whole, 0 to 1.

// recording: a Recording.  options: {metric, inverted, mask, path, smallest}
// path: numbers of functions from the root, to which the graph is zoomed.
// A box: {functions: number, -1 the root, -2 the rest; depth, x, width, value, base, sites, parent}
export function layoutFlame(recording, options) {
	const { metric, inverted, mask, path, smallest } = options;
	const values = recording.column(metric);
	const base = recording.base ? recording.base[metric] : null;
	const { first, stack, frameFunction } = recording;
	const boxes = [];
	let deepest = 0;

	const step = (site, depth) => {
		const size = first[site + 1] - first[site];
		if (depth >= size) return -1;
		return frameFunction[stack[inverted ? first[site] + depth : first[site + 1] - 1 - depth]];
	};

	const add = (box) => {
		deepest = Math.max(deepest, box.depth);
		boxes.push(box);
		return box;
	};

	const part = (sites, depth) => {
		const groups = new Map();
		for (const site of sites) {
			const key = step(site, depth);
			if (key < 0) continue;
			let group = groups.get(key);
			if (!group) groups.set(key, (group = { key, value: 0, base: 0, sites: [] }));
			group.value += Math.max(0, values[site]);
			if (base) group.base += Math.max(0, base[site]);
			group.sites.push(site);
		}
		return [...groups.values()].sort((a, b) => b.value - a.value || a.key - b.key);
	};

	let whole = 0;
	const spread = (parent, sites, depth) => {
		const groups = part(sites, depth);
		let x = parent.x;
		for (let i = 0; i < groups.length; i++) {
			const { key, value, base: old, sites: own } = groups[i];
			const width = value / whole;
			if (width < smallest) {
				let rest = 0;
				let number = 0;
				for (const other of groups.slice(i)) {
					rest += other.value;
					number += other.sites.length;
				}
				if (rest / whole >= smallest)
					add({ number: -2, depth: depth + 1, x, width: rest / whole, value: rest, sites: number, parent });
				return;
			}
			const box = add({ number: key, depth: depth + 1, x, width, value, base: old, sites: own.length, parent });
			spread(box, own, depth + 1);
			x += width;
		}
	};

	let sites = [];
	let all = 0;
	let allBase = 0;
	for (let s = 0; s < recording.count; s++) {
		if (mask && !mask[s]) continue;
		if (values[s] <= 0 && !(base && base[s] > 0)) continue;
		sites.push(s);
		all += Math.max(0, values[s]);
		if (base) allBase += Math.max(0, base[s]);
	}
	let box = add({ number: -1, depth: 0, x: 0, width: 1, value: all, base: allBase, sites: sites.length, parent: null });
	for (let depth = 0; depth < path.length; depth++) {
		const group = part(sites, depth).find((one) => one.key === path[depth]);
		if (!group) break;
		sites = group.sites;
		box = add({ number: group.key, depth: depth + 1, x: 0, width: 1, value: group.value, base: group.base,
			sites: sites.length, parent: box, passed: true });
	}
	if (path.length) boxes.forEach((one) => { one.passed = one !== box; });
	whole = box.value;
	if (whole > 0) spread(box, sites, box.depth);
	return { boxes, rows: deepest + 1, all, whole };
}

// The way of a box from the root, as zooming wants it.
export function pathOf(box) {
	const path = [];
	for (let at = box; at && at.number >= 0; at = at.parent) path.unshift(at.number);
	return path;
}
