// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Runs Valgrind's DHAT viewer without a browser, on one file, and prints what it makes of it:
// "FIELD VALUE" of the whole, and "TB TBK MB GB GBK EB EBK FRAME" of each stack.
//
//   node dh_view.js /usr/libexec/valgrind/dh_view.js FILE
'use strict';

const fs = require('fs');
const vm = require('vm');

// As much of a page as the viewer touches.
function element() {
	return {
		childNodes: [], classList: { add() {}, remove() {}, toggle() {} },
		appendChild(child) { this.childNodes.push(child); return child; },
		insertBefore(child) { this.childNodes.push(child); return child; },
		cloneNode: element, parentNode: { replaceChild() {} }, addEventListener() {}, setAttribute() {},
		get lastChild() { return null; }, get firstChild() { return null; },
		options: [], selectedIndex: 0, style: {},
	};
}

const page = {
	document: { createElement: element, createTextNode: element, body: element() },
	window: {}, performance: { now: () => 0 }, console,
};
const viewer = fs.readFileSync(process.argv[2], 'utf8');
page.input = fs.readFileSync(process.argv[3], 'utf8');
page.lines = [];

vm.runInNewContext(viewer + `
;(function () {
	for (const name of ['gHeaderDiv', 'gTestingDiv', 'gMainDiv', 'gLegendDiv', 'gTimingsDiv'])
		eval(name + ' = document.createElement("div")');
	gInput = document.createElement('input');
	gSelect = document.createElement('select');
	gSelect.childNodes = gSelectData.map(() => document.createElement('option'));
	gSelect.selectedIndex = 0;
	gFilename = 'x';
	gData = JSON.parse(input);
	buildTree();

	lines.push('tb ' + gRoot._totalBytes, 'tbk ' + gRoot._totalBlocks,
		'gb ' + gRoot._atTGmaxBytes, 'gbk ' + gRoot._atTGmaxBlocks,
		'eb ' + gRoot._atTEndBytes, 'ebk ' + gRoot._atTEndBlocks);
	(function walk(t, innermost) {
		// frame 0 of the root is "[root]"
		const frames = t === gRoot ? t._frames.slice(1) : t._frames;
		const first = innermost === undefined ? frames[0] : innermost;
		if (!t._kids) {
			lines.push([t._totalBytes, t._totalBlocks, t._maxBytes, t._atTGmaxBytes,
				t._atTGmaxBlocks, t._atTEndBytes, t._atTEndBlocks,
				gData.ftbl[first]].join(' '));
			return;
		}
		for (const kid of t._kids)
			walk(kid, first);
	})(gRoot);

	// It has everything to show the tree, for each order that it offers.
	gSelectData.forEach((order, i) => {
		gSelect.selectedIndex = i;
		if (order.enable(gData.bklt, gData.bkacc))
			displayTree();
	});
})();`, page, { filename: 'dh_view.js' });
process.stdout.write(page.lines.join('\n') + '\n');
