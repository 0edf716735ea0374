// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the numbers come from: the recording, its losses, the files that were in it.

import { basename, bytes, count, counted, date, duration, shellWords } from '../format.js';
import { Section } from './bits.jsx';

function Row({ name, children }) {
	return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

const DROPS = {
	file_full: 'events found the recording full', no_space: 'events missing: the disk was full',
	no_memory: 'events missing: no memory', reentrant: 'events from inside the recorder',
	too_large: 'blocks of 1 TiB or more', locked_down: 'events missing under seccomp',
	blocks_full: 'blocks missing: the table was full', unknown_free: 'frees of memory never seen',
	missed_free: 'blocks freed unseen', stack_cut: 'stacks deeper than the limit', interrupted: 'blocks being written at a fork',
};

const PYTHON = {
	arenas: 'its arenas count, not the objects in them', each: 'every object counts', malloc: 'every object is a call of malloc',
	later: 'every object counts but those of the very start', unknown: 'how its objects count is not known',
};

function One({ facts, version }) {
	const { recording: run, drops, verify } = facts;
	const lost = Object.entries(drops).filter(([, value]) => value > 0);
	return (
		<dl class="card facts">
			<Row name="Command"><code>{shellWords(run.args.length ? run.args : [run.program])}</code></Row>
			<Row name="Program"><code>{run.program}</code></Row>
			<Row name="In"><code>{run.cwd}</code>{run.host && ` on ${run.host}`}</Row>
			<Row name="Process">{run.pid}, started by {run.parent_pid}{run.forked_from ? `, forked from ${run.forked_from}` : ''}</Row>
			<Row name="Started">{run.start_unix_ns ? date(run.start_unix_ns) : 'unknown'}, ran for {duration(run.duration_us)}</Row>
			<Row name="Threads">{run.threads_most > 1 ? `up to ${count(run.threads_most)} at a time that allocate` : 'one that allocates'}</Row>
			{facts.python && <Row name="Python">{facts.python.version}; {PYTHON[facts.python.objects] || facts.python.objects}</Row>}
			{run.pauses.length > 0 && <Row name="Recording off">for {duration(run.paused_us)}</Row>}
			{run.sample_bytes > 0 && <Row name="Sample">one block for each {bytes(run.sample_bytes)} allocated</Row>}
			<Row name="Sites">{count(facts.site_count)}</Row>
			{run.options.length > 0 && <Row name="Options"><code>{run.options.join(' ')}</code></Row>}
			<Row name="Not recorded">{lost.length ? <ul>{lost.map(([key, value]) => <li key={key}>{count(value)} {DROPS[key] || key}</li>)}</ul> : 'nothing was lost'}</Row>
			{verify.compared > 0 && <Row name="Verified">{counted(verify.compared, 'stack')} compared with libunwind's, {count(verify.differences)} differ</Row>}
			<Row name="Recording"><code>{run.path}</code></Row>
			<Row name="Page">written by tidemark {version}</Row>
		</dl>
	);
}

export function Facts({ recording, report }) {
	return (
		<Section id="facts" title="Recording">
			{recording.before ? (
				<div class="columns">
					<div><h3>Old</h3><One facts={recording.before.facts} version={report.tidemark} /></div>
					<div><h3>New</h3><One facts={recording.facts} version={report.tidemark} /></div>
				</div>
			) : <One facts={recording.facts} version={report.tidemark} />}
			<details class="modules">
				<summary>{counted(recording.modules.length, 'file')} mapped</summary>
				<ul>{recording.modules.map((one, i) => <li key={i}><code title={one.path}>{basename(one.path)}</code>{' '}
					<span class="muted">{one.path}{one.build_id && `, build-id ${one.build_id}`}</span></li>)}</ul>
			</details>
		</Section>
	);
}
