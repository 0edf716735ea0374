// SPDX-License-Identifier: LGPL-2.1-or-later
// The page in a browser: its numbers are those of the JSON report, it works by mouse and by keys, and
// nothing in a recording is taken for markup.

import { becomes, boxes, browse, choose, exact, is, json, ok, open, rowCount, rows, soon } from './lib.mjs';

const bytesOf = (list, key) => list.reduce((sum, one) => sum + one[key], 0);
const largest = (list, key) => Math.max(...list.map((one) => one[key]));

async function numbers(browser) {
	const report = json('exact.json');
	const page = await open(browser, 'exact.html');
	const tiles = await page.$$eval('.summary .tile', (list) => Object.fromEntries(list.map((tile) =>
		[tile.querySelector('dt').textContent, tile.querySelector('.tile-value').title])));
	is(exact(tiles.Peak), report.totals.peak_bytes, 'summary: the peak');
	is(exact(tiles['Live at the end']), report.totals.live_bytes, 'summary: live at the end');
	is(exact(tiles['Allocated in all']), report.totals.total_bytes, 'summary: allocated in all');
	is(exact(tiles.Temporary), report.totals.temporaries, 'summary: temporary allocations');
	const drawn = await page.$eval('#timeline .chart', (chart) => chart.ariaLabel);
	ok(drawn.includes(await page.$eval('.summary .tile-value', (one) => one.textContent)), 'timeline: tells the peak', drawn);
	const over = page.locator('#timeline .u-over');
	await over.scrollIntoViewIfNeeded();
	const place = await over.boundingBox();
	await page.mouse.move(place.x + place.width - 2, place.y + 50);
	const last = await page.locator('.summary .tile', { hasText: 'Live at the end' }).locator('.tile-value').textContent();
	await soon(async () => (await page.textContent('#timeline .reading')).includes(`Live ${last}`), 'timeline: its end is what was live at the end');
	const all = (await boxes(page)).find((box) => box.level === 1);
	ok(all.text.includes(`${report.sites.filter((site) => site.at_peak_bytes > 0).length} sites`), 'flame graph: all sites at the peak are in it', all.text);
	const peak = await page.locator('.summary .tile-value').first().textContent();
	ok(all.text.startsWith(`all, ${peak}, 100.0 %`), 'flame graph: all of it is the peak', all.text);
	const main = (await boxes(page)).find((box) => box.text.startsWith('main,'));
	ok(main && main.width > 99, 'flame graph: main is as wide as all of it');

	await becomes(async () => await rowCount(page), report.sites.length, 'table: a row for each site');
	await becomes(async () => (await rows(page))[0].cells.at_peak_bytes, largest(report.sites, 'at_peak_bytes'), 'table: the largest site first');
	const keys = ['at_peak_bytes', 'at_peak_blocks', 'live_bytes', 'total_bytes', 'calls', 'temporaries', 'own_peak_bytes'];
	const want = [...report.sites].sort((a, b) => b.at_peak_bytes - a.at_peak_bytes).slice(0, 8).map((site) => keys.map((key) => site[key]));
	await becomes(async () => (await rows(page)).slice(0, 8).map((row) => keys.map((key) => row.cells[key])), want, 'table: every number of a site');
	for (const key of keys.slice(1)) {
		await page.click(`#tables .c-${key} button`);
		await becomes(async () => (await rows(page))[0].cells[key], largest(report.sites, key), `table: sorted by ${key}`);
	}
	await page.click('#tables .c-own_peak_bytes button');
	await becomes(async () => (await rows(page))[0].cells.own_peak_bytes, Math.min(...report.sites.map((site) => site.own_peak_bytes)), 'table: and the other way round');
	for (const [by, name] of [['function', 'Functions'], ['file', 'Files'], ['line', 'Lines'], ['module', 'Modules']]) {
		const { groups } = json(`exact.${by}.json`);
		await choose(page, 'tables', name);
		await page.waitForSelector(`#tables .by-${by}`);
		await becomes(async () => await rowCount(page), groups.length, `table: a row for each ${by}`);
		await page.click('#tables .c-total_bytes button');
		await becomes(async () => (await rows(page))[0].cells.total_bytes, largest(groups, 'total_bytes'), `table: the largest ${by}`);
		await page.click('#tables .c-at_peak_bytes button');
		const sum = (list) => list.reduce((all, row) => all + row.cells.at_peak_bytes, 0);
		if (groups.length < 10) await becomes(async () => sum(await rows(page, 400)), bytesOf(groups, 'at_peak_bytes'), `table: all ${by} rows add up to the peak`);
	}
	is(page.wrong, [], 'nothing on the console, nothing asked of the network');
	await page.close();
}

async function byMouse(browser) {
	const page = await open(browser, 'exact.html');
	await page.locator('#flame .box[aria-level="3"]').first().click();
	await soon(async () => (await boxes(page)).some((box) => box.level === 3 && box.width === 100 && !box.passed), 'a click zooms into a box');
	await soon(async () => await page.locator('#flame .crumbs button').count() >= 3, 'and says where one is');
	await page.locator('#flame .crumbs button').first().click();
	await becomes(async () => (await boxes(page)).filter((box) => box.passed).length, 0, 'and back out');
	const down = (await boxes(page)).find((box) => box.level === 2).text;
	await choose(page, 'flame', 'Inverted');
	await soon(async () => (await boxes(page)).find((box) => box.level === 2).text !== down, 'inverted, another function comes first');
	await soon(async () => (await boxes(page)).filter((box) => box.level === 4).length > 1, 'and its callers beside one another');
	await choose(page, 'flame', 'Calls');
	await soon(async () => /\d,\d{3}/.test((await boxes(page))[0].text), 'the width can stand for calls');

	await page.fill('.search input', 'site_07');
	await soon(async () => (await boxes(page)).some((box) => box.found && box.text.startsWith('site_07')), 'a search marks the boxes');
	const all = (list) => list.length > 0 && list.every((row) => `${row.name} ${row.detail}`.includes('site_07'));
	await soon(async () => all(await rows(page)), 'and keeps the rows');
	await page.fill('.search input', 'no_such_function');
	await becomes(async () => await rowCount(page), 0, 'nothing is found where nothing is');
	await page.locator('#tables .table-note button').click();
	await soon(async () => await rowCount(page) > 40, 'all is shown again');

	await page.locator('#timeline .u-over').scrollIntoViewIfNeeded();
	const box = await page.locator('#timeline .u-over').boundingBox();
	await page.mouse.move(box.x + box.width * 0.2, box.y + 40);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
	await page.mouse.up();
	await soon(async () => /between/i.test(await page.textContent('#timeline .reading')), 'dragging over the timeline chooses a range');
	await soon(async () => (await page.textContent('#tables .table-note')).includes('at work between'), 'which the tables follow');
	await page.click('#timeline .sliders button');
	await soon(async () => !(await page.textContent('#tables .table-note')).includes('at work'), 'and it can be left again');

	await page.locator('#tables .tbody .tr').first().click();
	await page.waitForSelector('.details .stack');
	await soon(async () => await page.locator('.details .stack li').count() >= 2, 'a click on a row shows its stack');
	await soon(async () => (await page.textContent('.details')).includes('exact.c:'), 'with files and lines');
	await soon(async () => await page.locator('.details .source .here').count() === 1, 'and the line of source itself');
	await page.click('.details > header .tool');
	await becomes(async () => await page.locator('.details').count(), 0, 'and closes');
	await page.click('.top .tool[title^="Dark"]');
	await becomes(async () => await page.evaluate(() => document.documentElement.dataset.theme), 'dark', 'dark at a click');
	is(page.wrong, [], 'nothing went wrong by mouse');
	await page.close();
}

async function byKeys(browser) {
	const page = await open(browser, 'exact.html', { colorScheme: 'dark' });
	await becomes(async () => await page.evaluate(() => document.documentElement.dataset.theme), 'dark', 'dark where the system is');
	await page.keyboard.press('t');
	await becomes(async () => await page.evaluate(() => document.documentElement.dataset.theme), 'light', 't changes it');
	await page.keyboard.press('/');
	await page.keyboard.type('site_12');
	await soon(async () => await rowCount(page) > 0 && await rowCount(page) < 40, '/ leads to the search');
	await page.keyboard.press('Escape');
	await becomes(async () => await page.inputValue('.search input'), '', 'Escape empties it');
	await page.locator('#flame .box').first().focus();
	for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
	await becomes(async () => await page.evaluate(() => document.activeElement.ariaLevel), '3', 'arrows move among the boxes');
	const focused = await page.evaluate(() => document.activeElement.ariaLabel.split(',')[0]);
	await soon(async () => (await page.textContent('#flame .reading')).includes(focused.split('(')[0]), 'and the box is told');
	await page.keyboard.press('Enter');
	await soon(async () => (await boxes(page)).some((box) => box.level === 3 && box.width === 100), 'Enter zooms');
	await page.locator('#flame .box:not(.passed)').first().focus();
	await page.keyboard.press('d');
	await page.waitForSelector('.details');
	await soon(async () => (await page.textContent('.details')).includes('Function'), 'd shows the function');
	await page.keyboard.press('Escape');
	await becomes(async () => await page.locator('.details').count(), 0, 'Escape closes it');
	await page.locator('#flame .box:not(.passed)').first().focus();
	await page.keyboard.press('Backspace');
	await becomes(async () => (await boxes(page)).filter((box) => box.passed).length <= 1, true, 'Backspace zooms out');

	await page.locator('#flame .choice').nth(1).locator('input:checked').focus();
	await page.keyboard.press('ArrowRight');
	await soon(async () => await page.locator('#flame [role=tree][aria-label*=inverted]').count() === 1, 'arrows turn it round');

	await page.locator('#timeline input[type=range]').first().focus();
	for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
	await soon(async () => /between/i.test(await page.textContent('#timeline .reading')), 'the sliders choose a range');
	await page.keyboard.press('Escape');
	await soon(async () => !/between/i.test(await page.textContent('#timeline .reading')), 'Escape forgets it');

	await page.locator('#tables .c-calls button').focus();
	await page.keyboard.press('Enter');
	await becomes(async () => await page.getAttribute('#tables .th.c-calls', 'aria-sort'), 'descending', 'Enter sorts by a column');
	await page.locator('#tables .grid').focus();
	await page.keyboard.press('End');
	await page.waitForFunction(() => document.querySelector('#tables .tr.active')?.ariaRowIndex === document.querySelector('#tables .grid').ariaRowCount);
	ok(true, 'End leads to the last row');
	await page.keyboard.press('Home');
	await page.keyboard.press('ArrowDown');
	const active = () => page.evaluate(() => document.getElementById(document.querySelector('#tables .grid').getAttribute('aria-activedescendant'))?.ariaRowIndex);
	await becomes(async () => await active(), '3', 'arrows move among the rows');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.details .stack');
	await soon(async () => await page.evaluate(() => document.activeElement.id) === 'details-title', 'Enter shows the stack, and the focus is there');
	await page.keyboard.press('Escape');
	await soon(async () => await page.evaluate(() => document.activeElement.getAttribute('role')) === 'grid', 'Escape brings it back');
	await page.keyboard.press('?');
	await soon(async () => await page.locator('dialog[open]').count() === 1, '? shows the keys');
	await page.keyboard.press('Escape');
	is(page.wrong, [], 'nothing went wrong by keys');
	await page.close();
}

async function many(browser) {
	// The best of a few: others may be at work on the machine.
	let page;
	let paint = Infinity;
	for (let i = 0; i < 5 && paint >= 1000; i++) {
		if (page) await page.close();
		page = await open(browser, 'many.html');
		paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
	}
	ok(paint < 10000, `100,000 sites: first painted after ${Math.round(paint)} ms`);
	await soon(async () => await rowCount(page) >= 60000, 'all sites are rows');
	await soon(async () => await page.locator('#tables .tbody .tr').count() < 100, 'few of which are elements');
	await soon(async () => (await boxes(page)).length < 5000, 'and few boxes');
	const work = async (what, act) => {
		const start = Date.now();
		await act();
		ok(Date.now() - start < 40000, `${what} takes ${Date.now() - start} ms`);
	};
	await work('searching', () => page.fill('.search input', 'parse_word'));
	await work('sorting', () => page.click('#tables .c-total_bytes button'));
	await work('turning round', () => choose(page, 'flame', 'Inverted'));
	await page.fill('.search input', '');
	await work('going to the end', async () => {
		await page.locator('#tables .grid').focus();
		await page.keyboard.press('End');
		await page.waitForFunction(() => document.querySelector('#tables .tr.active')?.ariaRowIndex === document.querySelector('#tables .grid').ariaRowCount);
	});
	is(page.wrong, [], 'nothing went wrong with many');
	await page.close();
}

async function hostile(browser) {
	for (const [name, words] of [['hostile.html', ['</script><script>console.error', '<img src=x onerror=console.error']],
		['lines.html', ['onload="console.error(4).c', 'script>.c']]]) {
		const page = await open(browser, name);
		for (const word of words) await soon(async () => (await page.textContent('#tables .tbody')).includes(word), `${name}: a name is shown as it is: ${word.slice(0, 18)}`);
		await page.locator('#tables .tbody .tr').first().click();
		await page.waitForSelector('.details');
		await becomes(async () => await page.locator('img, b > script, iframe, object, embed').count(), 0, `${name}: none became an element`);
		await becomes(async () => await page.locator('script:not([type])').count(), 1, `${name}: one script is all there is`);
		is(page.wrong, [], `${name}: none ran`);
		await page.close();
	}
}

async function difference(browser) {
	const [old, now] = [json('old.json'), json('exact.json')];
	const page = await open(browser, 'diff.html');
	const headline = await page.textContent('.headline');
	ok(/grew|fell|stayed/.test(headline), `diff: the headline tells what changed: ${headline}`);
	const tile = page.locator('.summary .tile', { hasText: 'Allocated in all' }).locator('.change');
	await soon(async () => (await tile.textContent()).startsWith(now.totals.total_bytes > old.totals.total_bytes ? '+' : '−'), 'diff: tiles tell the change');
	await choose(page, 'tables', 'Modules');
	await choose(page, 'tables', 'Allocated');
	await page.waitForSelector('#tables .by-module');
	const sum = (list, key) => list.reduce((all, row) => all + row.cells[key], 0);
	for (const [key, report] of [['new', now], ['old', old]])
		await becomes(async () => sum(await rows(page, 50), key), report.totals.total_bytes, `diff: the column "${key}" adds up`);
	await soon(async () => (await rows(page, 50)).every((row) => row.cells.change === row.cells.new - row.cells.old), 'diff: the change is new less old');
	await choose(page, 'flame', 'Allocated');
	await soon(async () => await page.locator('#flame .box[class*=more-], #flame .box[class*=less-]').count() > 0, 'diff: boxes are coloured by their change');
	is(page.wrong, [], 'diff: nothing went wrong');
	await page.close();
}

async function processes(browser) {
	const page = await open(browser, 'processes.html');
	const list = page.locator('.process');
	await soon(async () => await list.count() > 1, 'processes: all are listed');
	await becomes(async () => await page.locator('.process[aria-pressed=true]').count(), 1, 'processes: one is shown');
	const before = await page.textContent('#facts dl');
	await page.locator('.process[aria-pressed=false]').last().click();
	await soon(async () => await page.textContent('#facts dl') !== before, 'processes: a click shows another');
	await list.first().focus();
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await becomes(async () => await list.nth(1).getAttribute('aria-pressed'), 'true', 'processes: so do keys');
	is(page.wrong, [], 'processes: nothing went wrong');
	await page.close();
}

async function pairs(browser) {
	const page = await open(browser, 'pairs.html');
	const list = page.locator('.process');
	await soon(async () => await list.count() > 1, 'pairs: all are listed');
	await list.nth(1).click();
	await becomes(async () => await list.nth(1).getAttribute('aria-pressed'), 'true', 'pairs: a click shows another');
	await soon(async () => (await page.textContent('.headline')).includes('stayed'), 'pairs: a recording beside itself has not changed');
	await becomes(async () => (await rows(page, 40)).filter((row) => row.cells.change).length, 0, 'pairs: nor any of its sites');
	is(page.wrong, [], 'pairs: nothing went wrong');
	await page.close();
}

async function time(browser) {
	const report = json('marks.json');
	const page = await open(browser, 'marks.html');
	const marks = await page.$$eval('#timeline .marks b', (list) => list.map((one) => one.textContent));
	is(marks, report.marks.map((mark) => mark.text), 'marks: each with its text');
	await page.locator('#timeline .marks button').nth(1).click();
	await soon(async () => /between/i.test(await page.textContent('#timeline .reading')), 'marks: one chooses the time up to the next');
	await page.keyboard.press('Escape');
	if (report.history.rows.length > 1) {
		await choose(page, 'timeline', 'By site');
		const most = Math.min(7, report.history.columns.filter((_, i) => report.history.rows.some((row) => row[i + 2] > 0)).length);
		const data = JSON.parse(await page.$eval('#data-0', (one) => one.textContent));
		ok(data.areas.length >= most, 'timeline: the largest sites of the history have areas', `${data.areas.length} of ${most}`);
		await becomes(async () => page.locator('#timeline .legend button').count(), data.areas.length + 1, 'timeline: each has a name, and so have the others');
		is(data.areas_us.filter((_, i) => data.areas.reduce((sum, one) => sum + one.bytes[i], 0) > data.areas_live[i]).length, 0,
			'timeline: at no time do areas stand above what was live');
		is(data.timeline.us.filter((us) => !data.areas_us.includes(us)).length, 0, 'timeline: there are areas at each of its times');
	}
	is(page.wrong, [], 'marks: nothing went wrong');
	await page.close();
}

async function leaks(browser) {
	const report = json('leaks.json');
	const page = await open(browser, 'leaks.html');
	const shown = () => page.$$eval('#leaks .tile', (list) => list.map((tile) => [tile.querySelector('dt').textContent.toLowerCase(),
		Number(tile.querySelector('.tile-value').title.replace(/,/g, ''))]));
	await becomes(async () => await shown(), ['definite', 'indirect', 'possible', 'reachable'].map((name) => [name, report.leaks[name].bytes]), 'leaks: the classes');
	await choose(page, 'leaks', 'Reachable');
	const sites = () => page.$$eval('#leaks .leak-site .top-value', (list) => list.map((one) => Number(one.title.replace(/,/g, ''))));
	await becomes(async () => await sites(), report.sites.map((one) => one.leaks.reachable.bytes).filter(Boolean).sort((a, b) => b - a), 'leaks: the sites of a class');
	await page.locator('#leaks .leak-site button[aria-expanded]').first().click();
	const held = report.leak_blocks.find((block) => block.holders);
	await becomes(async () => await page.locator('#leaks .holders li').count(), held.holders.length, 'leaks: what holds a block');
	await choose(page, 'flame', 'Leaked');
	await soon(async () => (await boxes(page)).length > 1, 'leaks: a flame graph of a class');
	is(page.wrong, [], 'leaks: nothing went wrong');
	await page.close();
}

async function advice(browser) {
	const report = json('wastes.json');
	const page = await open(browser, 'wastes.html');
	const told = () => page.$$eval('#advice li', (list) => list.map((one) => one.querySelector('p').textContent.toLowerCase()));
	ok(report.advice.length > 0, 'advice: there is some');
	await becomes(async () => await told(), report.advice.map((one) => `${one.evidence.toLowerCase()}.`), 'advice: the evidence of each piece');
	await page.locator('#advice button').first().click();
	await soon(async () => await page.locator('.details').isVisible(), 'advice: leads to the stack');
	is(page.wrong, [], 'advice: nothing went wrong');
	await page.close();
}

async function threads(browser) {
	const report = json('spawns.json');
	const page = await open(browser, 'spawns.html');
	await page.waitForSelector('#threads');
	const more = page.locator('#threads .table-note button');
	if (await more.count()) await more.click();
	const shown = () => page.$$eval('#threads tbody tr', (list) => list.map((row) => ({ peak: Number(row.querySelector('.number [title]').title.replace(/,/g, '')),
		where: row.querySelector('td:last-child').textContent })));
	await soon(async () => (await shown()).length > 2, 'threads: more than one');
	is((await shown()).reduce((sum, row) => sum + row.peak, 0), report.totals.at_peak_bytes, 'threads: what they held at the peak adds up');
	const begun = report.threads.filter((one) => one.spawned);
	ok(begun.length > 0 && (await shown()).filter((row) => row.where.includes('spawns.c:')).length > 0, 'threads: where they were begun');
	await page.fill('.search input', 'spawns.c');
	await choose(page, 'tables', 'Sites');
	const words = async () => {
		for (const row of await page.$$('#tables .tbody .tr')) {
			await row.click();
			const text = await page.textContent('.details');
			if (/, by .*spawned at spawns\.c:\d+/.test(text)) return true;
		}
		return false;
	};
	await soon(words, 'threads: a site tells who was there and where that began');
	ok((await page.textContent('#facts')).includes('at a time that allocate'), 'threads: how many, in the words of the report');
	is(page.wrong, [], 'threads: nothing went wrong');
	await page.close();
}

async function mappings(browser) {
	const { list } = json('maps.json').mappings;
	const page = await open(browser, 'maps.html');
	await page.waitForSelector('#mappings');
	const more = page.locator('#mappings .table-note button');
	if (await more.count()) await more.click();
	const shown = () => page.$$eval('#mappings tbody tr', (rows) => rows.map((row) => [row.querySelector('th').textContent,
		...[...row.querySelectorAll('.number')].map((cell) => Number((cell.querySelector('[title]')?.title || cell.textContent).replace(/,/g, '')))]));
	await becomes(shown, list.map((one) => [one.kind, one.live_bytes, one.own_peak_bytes, one.live_blocks, one.calls]), 'mappings: every number of each');
	await page.locator('#mappings summary').first().click();
	await soon(async () => await page.locator('#mappings details[open] li').count() > 1, 'mappings: a click shows the stack');
	is(page.wrong, [], 'mappings: nothing went wrong');
	await page.close();
}

async function narrow(browser) {
	const page = await open(browser, 'exact.html', { viewport: { width: 390, height: 800 } });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth);
	ok(wide <= 390, `narrow: the page does not scroll sideways (${wide} pixels)`);
	await page.emulateMedia({ media: 'print' });
	await soon(async () => await page.locator('.top').isHidden(), 'print: without what can only be clicked');
	is(page.wrong, [], 'narrow: nothing went wrong');
	await page.close();
}

await browse(async (browser) => {
	for (const part of [numbers, byMouse, byKeys, many, hostile, difference, processes, pairs, time, leaks, advice, threads, mappings, narrow]) {
		try {
			await part(browser);
		} catch (error) {
			ok(false, `${part.name} ran to its end`, error.stack);
		}
	}
});
