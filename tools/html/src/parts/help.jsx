// SPDX-License-Identifier: LGPL-2.1-or-later
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './bits.jsx';

const KEYS = [
	['/', 'find a function, file or module'],
	['t', 'dark or light'],
	['Esc', 'close, or forget the search, then the range'],
	['?', 'this list'],
	['Flame graph', null],
	['← →', 'to the neighbours'],
	['↑ ↓', 'to the caller, to what it calls'],
	['Enter', 'zoom'],
	['Backspace', 'one step out'],
	['d', 'details of the function'],
	['Tables', null],
	['↑ ↓  PgUp PgDn  Home End', 'from row to row'],
	['Enter', 'details of the row'],
];

export function Help({ report, close }) {
	const dialog = useRef(null);
	useEffect(() => {
		dialog.current.showModal();
	}, []);
	const notices = document.getElementById('notices').textContent.trim();
	return (
		<dialog ref={dialog} class="help" onClose={close} aria-labelledby="help-title">
			<header>
				<h2 id="help-title">Keys</h2>
				<button type="button" class="tool" aria-label="Close" onClick={() => dialog.current.close()}><Icon name="close" /></button>
			</header>
			<dl class="keys">
				{KEYS.map(([key, what]) => (what ? <div key={key + what}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div> :
					<h3 key={key}>{key}</h3>))}
			</dl>
			<h2>About</h2>
			<p>Written by tidemark {report.tidemark}. This page is one file: it fetches nothing, and its policy lets it fetch
				nothing. Bytes are as the program asked for them; a KiB is 1024.</p>
			<details>
				<summary>Notices of the packages in this page</summary>
				<pre>{notices}</pre>
			</details>
		</dialog>
	);
}
