// SPDX-License-Identifier: LGPL-2.1-or-later
// For the tests of the page in a browser: TAP, a page that tells what goes wrong in it, what a table or
// a flame graph shows.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [packages, scratch, counted] = process.argv.slice(2);
const { chromium } = createRequire(packages)('playwright-core');
let number = Number(counted) || 0;

export const place = (name) => `${scratch}/${name}`;
export const json = (name) => JSON.parse(readFileSync(place(name), 'utf8'));

export function ok(passed, what, ...details) {
	number++;
	console.log(`${passed ? 'ok' : 'not ok'} ${number} - ${what}`);
	if (!passed) for (const detail of details) console.log(`# ${String(detail).replace(/\n/g, '\n# ')}`);
}

export function is(got, wanted, what) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
	ok(a === b, what, `got:    ${a}`, `wanted: ${b}`);
}

// The page draws when it finds the time: what is asked is asked again until it holds.
async function wait(holds) {
	const end = Date.now() + 60000;
	let value = await holds();
	while (!value && Date.now() < end) {
		await new Promise((resolve) => setTimeout(resolve, 40));
		value = await holds();
	}
	return value;
}

export async function soon(holds, what, tell) {
	const passed = await wait(holds);
	ok(passed, what, ...(passed || !tell ? [] : [await tell()]));
}

export async function becomes(get, wanted, what) {
	let got;
	await wait(async () => {
		got = await get();
		return JSON.stringify(got) === JSON.stringify(wanted);
	});
	is(got, wanted, what);
}

export async function browse(run) {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-gpu'] });
	try {
		await run(browser);
	} finally {
		await browser.close();
	}
}

// A page opened from disk.  `wrong` gathers what the console said and what was asked of the network.
export async function open(browser, name, options = {}) {
	const page = await browser.newPage({ viewport: { width: 1360, height: 900 }, ...options });
	page.setDefaultTimeout(90000);
	page.wrong = [];
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type())) page.wrong.push(`${message.type()}: ${message.text()}`);
	});
	page.on('pageerror', (error) => page.wrong.push(`thrown: ${error.message}`));
	page.on('request', (request) => {
		if (!/^(file|data):/.test(request.url())) page.wrong.push(`request: ${request.url()}`);
	});
	page.on('dialog', (dialog) => {
		page.wrong.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	await page.goto(`file://${encodeURI(place(name))}`);
	await page.waitForSelector('#facts');
	return page;
}

// The exact value that an element has in its title.
export const exact = (text) => Number(text.replace(/[,\u2009]/g, ''));

// Rows that a table shows: the name, what is below it, and the exact numbers of the columns by key.
export function rows(page, most = 12) {
	return page.$$eval('#tables .tbody .tr', (list, limit) => list
		.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).slice(0, limit).map((row) => {
			const cells = {};
			for (const cell of row.querySelectorAll('.td.number')) {
				const key = [...cell.classList].find((name) => name.startsWith('c-')).slice(2);
				cells[key] = Number(cell.querySelector('[title]').title.replace(/,/g, ''));
			}
			return { name: row.querySelector('.name').textContent, detail: row.querySelector('.detail').textContent, cells };
		}), most);
}

export const rowCount = (page) => page.$eval('#tables .grid', (grid) => grid.ariaRowCount - 1);

// Boxes of the flame graph: what is read aloud of each, and its place.
export function boxes(page) {
	return page.$$eval('#flame .box', (list) => list.map((box) => ({
		text: box.ariaLabel, level: Number(box.ariaLevel), width: parseFloat(box.style.width), passed: box.classList.contains('passed'),
		found: box.classList.contains('found'),
	})));
}

export const choose = (page, part, text) => page.locator(`#${part} .choice label`, { hasText: new RegExp(`^${text}$`) }).click();
