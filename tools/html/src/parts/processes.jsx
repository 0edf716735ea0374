// SPDX-License-Identifier: LGPL-2.1-or-later
// The processes of a run as a tree: who started whom, and what each held.  Choosing one shows it.

import { useMemo } from 'preact/hooks';
import { basename, bytes, counted, duration, shellWords, signed } from '../format.js';
import { Bar, Section } from './bits.jsx';

// Each process under the one that started it; images of one process follow one another.
function order(facts) {
	const at = facts.map((one, i) => ({ i, pid: one.recording.pid, parent: one.recording.parent_pid,
		start: one.recording.start_unix_ns, children: [] }));
	at.sort((a, b) => a.start - b.start || a.i - b.i);
	const roots = [];
	for (const one of at) {
		const parent = at.filter((other) => other !== one && other.pid === one.parent && other.start <= one.start).pop();
		(parent ? parent.children : roots).push(one);
	}
	const list = [];
	const visit = (one, depth) => {
		list.push({ i: one.i, depth });
		one.children.forEach((child) => visit(child, depth + 1));
	};
	roots.forEach((one) => visit(one, 0));
	return list;
}

// Arrow keys move from row to row.
function moveAmong(event) {
	const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (!way) return;
	event.preventDefault();
	const rows = event.currentTarget.querySelectorAll('button');
	const to = rows[[...rows].indexOf(document.activeElement) + way];
	if (to) to.focus();
}

// Of two runs: the processes that were paired.
export function Pairs({ facts, number, show }) {
	const pairs = Array.from({ length: facts.length / 2 }, (_, i) => [facts[i * 2], facts[i * 2 + 1]]);
	return (
		<Section id="processes" title="Processes" aside={<p class="muted">{counted(pairs.length, 'pair')}, the largest change of the peak first</p>}>
			<div class="card scroll processes" role="group" aria-label="Processes" onKeyDown={moveAmong}>
				{pairs.map(([old, now], i) => (
					<button key={i} type="button" aria-pressed={i === number} class={i === number ? 'process on' : 'process'} onClick={() => show(i)}>
						<span class="process-name"><b>{basename(now.recording.program)}</b> <span class="muted">{old.recording.pid} → {now.recording.pid}</span></span>
						<span class="process-command muted">{shellWords(now.recording.args.slice(1))}</span>
						<span class="number">{signed(now.totals.peak_bytes - old.totals.peak_bytes, bytes)}</span>
						<span class="number">{bytes(old.totals.peak_bytes)} → {bytes(now.totals.peak_bytes)}</span>
					</button>
				))}
			</div>
		</Section>
	);
}

export function Processes({ facts, number, show }) {
	const list = useMemo(() => order(facts), [facts]);
	const most = Math.max(...facts.map((one) => one.totals.peak_bytes), 1);
	return (
		<Section id="processes" title="Processes" aside={<p class="muted">{counted(facts.length, 'recording')}; each has its own report below</p>}>
			<div class="card scroll processes" role="group" aria-label="Processes" onKeyDown={moveAmong}>
				{list.map(({ i, depth }) => {
					const { recording: run, totals } = facts[i];
					return (
						<button key={i} type="button" aria-pressed={i === number} class={i === number ? 'process on' : 'process'} onClick={() => show(i)}>
							<span class="process-name" style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
								{depth > 0 && <span class="muted" aria-hidden="true">└ </span>}
								<b>{basename(run.program)}</b> <span class="muted">{run.pid}</span></span>
							<span class="process-command muted">{shellWords(run.args.slice(1))}</span>
							<span class="number">{duration(run.duration_us)}</span>
							<span class="process-peak"><Bar part={totals.peak_bytes / most} /><span class="number">{bytes(totals.peak_bytes)}</span></span>
						</button>
					);
				})}
			</div>
		</Section>
	);
}
