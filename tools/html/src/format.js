// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers as people read them; the same words as tools/base/util.c.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

// One decimal as printf has it: of two that are as near, the even one.
function oneDecimal(value) {
	const tenths = value * 10;
	const down = Math.floor(tenths);
	return ((tenths - down === 0.5 ? down + (down % 2) : Math.round(tenths)) / 10).toFixed(1);
}

export function bytes(value) {
	let size = Math.abs(value);
	let unit = 0;
	while (size >= (unit ? 1023.95 : 1024) && unit < 6) {
		size /= 1024;
		unit++;
	}
	return `${value < 0 ? '−' : ''}${unit ? oneDecimal(size) : size} ${UNITS[unit]}`;
}

export function count(value) {
	const text = Math.abs(Math.round(value)).toString().replace(/\B(?=(\d{3})+$)/g, ',');
	return value < 0 ? `−${text}` : text;
}

export function counted(value, thing) {
	return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}

export function duration(us) {
	const s = Math.floor(us / 1e6);
	const two = (n) => String(n).padStart(2, '0');
	if (us < 1000) return `${Math.round(us)} µs`;
	if (us < 1e6) return us < 10000 ? `${(us / 1e3).toFixed(1)} ms` : `${(us / 1e3).toFixed(0)} ms`;
	if (s < 60) return `${(us / 1e6).toFixed(2)} s`;
	if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
	if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
	return `${Math.floor(s / 86400)} d ${two(Math.floor(s / 3600) % 24)} h`;
}

export function percent(part, whole) {
	return whole > 0 ? `${oneDecimal((100 * part) / whole)} %` : '–';
}

// With a sign, for what changed.
export function signed(value, format) {
	return value > 0 ? `+${format(value)}` : format(value);
}

export const basename = (path) => path.slice(path.lastIndexOf('/') + 1);

// A path cut in its middle directories, so that its end stays readable.
export function shortPath(path, most = 44) {
	if (path.length <= most) return path;
	const parts = path.split('/');
	let tail = parts.pop();
	while (parts.length && tail.length + parts[parts.length - 1].length + 3 <= most) tail = `${parts.pop()}/${tail}`;
	return `…/${tail}`;
}

export function date(ns) {
	return new Date(ns / 1e6).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

// Words for a shell, as they can be pasted.
export function shellWords(args) {
	return args.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`)).join(' ');
}
