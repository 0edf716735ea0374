// SPDX-License-Identifier: LGPL-2.1-or-later
import { counted } from '../format.js';
import { Icon } from './bits.jsx';

function Mark() {
	return (
		<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" class="mark">
			<rect width="32" height="32" rx="7" class="mark-ground" />
			<path d="M4 20c3-3 5-3 8 0s5 3 8 0 5-3 8 0v5.500q0 2.500-2.500 2.500h-19q-2.500 0-2.500-2.500z" class="mark-water" />
			<path d="M6 10h20" class="mark-line" />
		</svg>
	);
}

export function Header({ recording, report, query, setQuery, found, search, toggle, theme, ask }) {
	const links = [['summary', 'Summary'], ['timeline', 'Timeline'], ['flame', 'Flame graph'], ['leaks', 'Leaks'],
		['tables', 'Tables'], ['facts', 'Recording']];
	const number = found ? found.sites.reduce((sum, one) => sum + one, 0) : 0;
	return (
		<header class="top">
			<a class="brand" href="#summary" aria-label="tidemark, to the top"><Mark /><span>tidemark</span></a>
			<nav aria-label="Parts of the report">
				{links.map(([id, text]) => <a key={id} href={`#${id}`}>{text}</a>)}
			</nav>
			<div class="search" role="search">
				<Icon name="search" />
				<input ref={search} type="search" value={query} placeholder="Find function, file, module"
					aria-label="Find a function, file or module" aria-describedby="found" spellcheck={false}
					onInput={(event) => setQuery(event.currentTarget.value)} />
				<span id="found" class="found" role="status">{found ? counted(number, 'site') : <kbd aria-hidden="true">/</kbd>}</span>
			</div>
			<button type="button" class="tool" onClick={toggle} aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
				title="Dark or light (t)"><Icon name={theme === 'dark' ? 'sun' : 'moon'} /></button>
			<button type="button" class="tool" onClick={ask} aria-label="Keys and notices" title="Keys and notices (?)"><Icon name="help" /></button>
		</header>
	);
}
