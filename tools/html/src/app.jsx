// SPDX-License-Identifier: LGPL-2.1-or-later
// The page as a whole: which recording is shown, what is searched for, which range of time and
// which thing was chosen.  All parts get these from here.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Recording, readScript, siteMask } from './data.js';
import { compare } from './diff.js';
import { basename, bytes } from './format.js';
import { useTheme } from './theme.js';
import { Advice } from './parts/advice.jsx';
import { Details } from './parts/details.jsx';
import { Facts } from './parts/facts.jsx';
import { Flame } from './parts/flame.jsx';
import { Header } from './parts/header.jsx';
import { Help } from './parts/help.jsx';
import { Leaks } from './parts/leaks.jsx';
import { Pairs, Processes } from './parts/processes.jsx';
import { Summary } from './parts/summary.jsx';
import { Tables } from './parts/tables.jsx';
import { Mappings, Threads } from './parts/lists.jsx';
import { Timeline } from './parts/timeline.jsx';

const isTyping = (target) => target.matches('input, select, textarea');

// What is shown first: the largest peak; of pairs the first, which changed most.
function firstShown(report, facts) {
	if (report.diff) return 0;
	return facts.reduce((best, one, i) => (one.totals.peak_bytes > facts[best].totals.peak_bytes ? i : best), 0);
}

function useRecording(report, facts, number) {
	return useMemo(() => {
		const read = (i) => new Recording(facts[i], readScript(`data-${i}`), i);
		if (!report.diff) return read(number);
		return compare(read(number * 2), read(number * 2 + 1), readScript(`diff-${number}`));
	}, [number]);
}

// Keys that work wherever the focus is, but for a field of text.
function useKeys(keys) {
	const now = useRef(keys);
	now.current = keys;
	useEffect(() => {
		const press = (event) => {
			if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
			const key = now.current[event.key];
			if (!key || (isTyping(event.target) && event.key !== 'Escape')) return;
			event.preventDefault();
			key(event);
		};
		document.addEventListener('keydown', press);
		return () => document.removeEventListener('keydown', press);
	}, []);
}

export function App({ report, facts }) {
	const { theme, toggle, printing } = useTheme();
	const [number, setNumber] = useState(() => firstShown(report, facts));
	const [query, setQuery] = useState('');
	const [range, setRange] = useState(null);
	const [chosen, setChosen] = useState(null);
	const [help, setHelp] = useState(false);
	// The charts and tables come after the first sight of the summary.
	const [ready, setReady] = useState(false);
	const search = useRef(null);
	const back = useRef(null);

	const recording = useRecording(report, facts, number);
	const found = useMemo(() => (query.trim() ? recording.search(query) : null), [recording, query]);
	const mask = useMemo(() => siteMask(recording, found, range), [recording, found, range]);

	const choose = useCallback((thing) => {
		if (thing && !back.current) back.current = document.activeElement;
		setChosen(thing);
		if (!thing && back.current) {
			back.current.focus({ preventScroll: true });
			back.current = null;
		}
	}, []);
	const show = useCallback((which) => {
		setNumber(which);
		setRange(null);
		setChosen(null);
	}, []);

	useEffect(() => {
		const { program } = recording.facts.recording;
		document.title = `${basename(program)}: ${bytes(recording.facts.totals.peak_bytes)} · tidemark`;
	}, [recording]);
	useEffect(() => {
		const id = requestAnimationFrame(() => setTimeout(() => setReady(true)));
		return () => cancelAnimationFrame(id);
	}, []);
	useKeys({
		'/': () => search.current.focus(),
		'?': () => setHelp(true),
		t: toggle,
		Escape: () => {
			if (help) setHelp(false);
			else if (chosen) choose(null);
			else if (query) setQuery('');
			else if (range) setRange(null);
		},
	});

	const shared = { recording, query, found, mask, range, theme, choose, chosen, printing };
	return (
		<div class={chosen ? 'layout with-details' : 'layout'}>
			<a class="skip" href="#summary">Skip to the report</a>
			<Header {...shared} report={report} setQuery={setQuery} search={search} toggle={toggle} theme={theme}
				ask={() => setHelp(true)} />
			<main>
				<Summary {...shared} report={report} />
				{!report.diff && facts.length > 1 && <Processes facts={facts} number={number} show={show} />}
				{report.diff && facts.length > 2 && <Pairs facts={facts} number={number} show={show} />}
				{ready && (
					<>
						<Timeline {...shared} setRange={setRange} />
						<Flame {...shared} />
						<Leaks {...shared} />
						<Advice {...shared} />
						<Tables {...shared} setQuery={setQuery} setRange={setRange} />
						<Threads {...shared} />
						<Mappings {...shared} />
						<Facts {...shared} report={report} />
					</>
				)}
			</main>
			{chosen && <Details {...shared} close={() => choose(null)} />}
			{help && <Help report={report} close={() => setHelp(false)} />}
		</div>
	);
}
