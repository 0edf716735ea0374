// SPDX-License-Identifier: LGPL-2.1-or-later
// Threads with what each did and where it was begun; what the program mapped by kind and site.

import { useState } from 'preact/hooks';
import { basename, bytes, count, counted } from '../format.js';
import { Number, Section } from './bits.jsx';

const ROWS_FIRST = 10;
const KINDS = ['anonymous', 'shared', 'file', 'arena', 'allocator', 'reserved'];
const OWNERS = { arena: 'where Python keeps its objects', allocator: 'where malloc keeps its blocks' };

const placeOf = (f) => (f.file ? `${basename(f.file)}:${f.line}` : f.module ? basename(f.module) : '');

// A stack in one line, which opens.
function StackLine({ stack }) {
	if (!stack.length) return <span class="muted">(no stack)</span>;
	const [first, ...rest] = stack;
	const head = <><b>{first.name}</b> <span class="muted">{placeOf(first)}{rest.length > 0 && ` ← ${rest.slice(0, 2).map((f) => f.name).join(' ← ')}`}</span></>;
	if (!rest.length) return head;
	return (
		<details class="stack-line">
			<summary>{head}</summary>
			<ol>{stack.map((f, i) => <li key={i}><code>{f.name}</code> <span class="muted" title={f.file || f.module}>{placeOf(f)}</span></li>)}</ol>
		</details>
	);
}

function More({ rows, most, all, setAll, rest = 0 }) {
	if (rows.length <= most && !rest) return null;
	return <p class="table-note">{rows.length > most
		? <button type="button" class="quiet" onClick={() => setAll(!all)}>{all ? 'Show fewer' : `Show all ${count(rows.length)}`}</button> : null}
		{rest > 0 && <span class="muted"> and {count(rest)} more, which are not in this page</span>}</p>;
}

// The innermost frame with a line of source, as render/threads.c has it: a runtime is none of the user's.
export function origin(recording, thread) {
	const stack = recording.stackOf(thread);
	return stack.find((f) => f.file && f.line) || stack[0] || null;
}

// "2 threads: loader, other, spawned at main.c:10 main"; nothing where one of them was there before.
export function threadWords(recording, site) {
	const threads = recording.threadsAt(site);
	const places = threads.map((one) => origin(recording, one));
	if (!threads.length || places.includes(null)) return null;
	const names = [...new Set(threads.map((one) => one.name || 'without a name'))];
	const users = threads.reduce((sum, one) => sum + one.users, 0);
	const elsewhere = threads.some((one, i) => one.apart || places[i].name !== places[0].name || placeOf(places[i]) !== placeOf(places[0]));
	return `${users > 1 ? `${count(users)} threads: ` : 'thread '}${names.slice(0, 4).join(', ')}${names.length > 4 ? ' and others' : ''}, spawned at ${
		placeOf(places[0])} ${places[0].name}${elsewhere ? ', others elsewhere' : ''}`;
}

export function Threads({ recording }) {
	const [all, setAll] = useState(false);
	const rows = recording.threads.filter((one) => one.calls > 0 || one.at_peak_bytes > 0)
		.sort((a, b) => b.at_peak_bytes - a.at_peak_bytes || b.total_bytes - a.total_bytes);
	if (recording.base || rows.length < 2) return null;
	return (
		<Section id="threads" title="Threads" aside={<p class="muted">that allocate; threads of one name that followed one another share a row</p>}>
			<div class="card scroll">
				<table class="list">
					<thead><tr><th scope="col">Thread</th><th scope="col" class="number">At peak</th><th scope="col" class="number">Live at end</th>
						<th scope="col" class="number">Allocated</th><th scope="col" class="number">Calls</th><th scope="col">Spawned at</th></tr></thead>
					<tbody>{rows.slice(0, all ? rows.length : ROWS_FIRST).map((one, i) => (
						<tr key={i}>
							<th scope="row">{one.name || 'without a name'} <span class="muted">{one.users > 1 ? counted(one.users, 'thread') : one.tid}</span></th>
							<td class="number"><Number value={one.at_peak_bytes} format={bytes} /></td>
							<td class="number"><Number value={one.live_bytes} format={bytes} /></td>
							<td class="number"><Number value={one.total_bytes} format={bytes} /></td>
							<td class="number">{count(one.calls)}</td>
							<td>{one.node ? <StackLine stack={recording.stackOf(one)} /> : <span class="muted">{one.tid === recording.facts.recording.pid ? 'the main thread' : 'not known'}</span>}
								{one.apart && <span class="muted">; others elsewhere</span>}</td>
						</tr>))}</tbody>
				</table>
				<More rows={rows} most={ROWS_FIRST} all={all} setAll={setAll} />
			</div>
		</Section>
	);
}

function kindSums(mappings) {
	return KINDS.map((kind) => mappings.filter((one) => one.kind === kind))
		.map((list) => ({ kind: list[0]?.kind, bytes: list.reduce((sum, one) => sum + one.live_bytes, 0), ranges: list.reduce((sum, one) => sum + one.ranges, 0) }))
		.filter((one) => one.ranges > 0).map((one) => `${bytes(one.bytes)} ${one.kind} in ${count(one.ranges)}`).join(', ');
}

export function Mappings({ recording }) {
	const [all, setAll] = useState(false);
	const { mappings: rows } = recording;
	if (recording.base || !rows.length) return null;
	return (
		<Section id="mappings" title="Mappings" aside={<p class="muted">{kindSums(rows) || 'none left'}; {recording.mappingsCounted
			? 'anonymous ones are in the other tables, too' : 'beside the heap, and in no other table'}</p>}>
			<div class="card scroll">
				<table class="list">
					<thead><tr><th scope="col">Kind</th><th scope="col" class="number">At the end</th><th scope="col" class="number">At most</th>
						<th scope="col" class="number">Ranges</th><th scope="col" class="number">Calls</th><th scope="col">Where</th></tr></thead>
					<tbody>{rows.slice(0, all ? rows.length : ROWS_FIRST).map((one, i) => (
						<tr key={i}>
							<th scope="row">{one.kind}</th>
							<td class="number"><Number value={one.live_bytes} format={bytes} /></td>
							<td class="number"><Number value={one.own_peak_bytes} format={bytes} /></td>
							<td class="number">{count(one.ranges)}</td>
							<td class="number">{count(one.calls)}</td>
							<td>{OWNERS[one.kind] ? <span class="muted">{OWNERS[one.kind]}</span> : <StackLine stack={recording.stackOf(one)} />}</td>
						</tr>))}</tbody>
				</table>
				<More rows={rows} most={ROWS_FIRST} all={all} setAll={setAll} rest={recording.mappingsMore} />
			</div>
		</Section>
	);
}
