// SPDX-License-Identifier: LGPL-2.1-or-later
// Dark or light: as the system has it, or as was chosen here.  Kept where the browser lets a page
// that was opened from disk keep anything.

import { useEffect, useState } from 'preact/hooks';

const KEY = 'tidemark-theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function kept() {
	try {
		return localStorage.getItem(KEY);
	} catch {
		return null;
	}
}

function keep(theme) {
	try {
		localStorage.setItem(KEY, theme);
	} catch {
		// Then it is forgotten with the page.
	}
}

export function useTheme() {
	const [chosen, setChosen] = useState(kept);
	const [system, setSystem] = useState(dark.matches);
	const [printing, setPrinting] = useState(false);
	useEffect(() => {
		const change = () => setSystem(dark.matches);
		const before = () => setPrinting(true);
		const after = () => setPrinting(false);
		dark.addEventListener('change', change);
		window.addEventListener('beforeprint', before);
		window.addEventListener('afterprint', after);
		return () => {
			dark.removeEventListener('change', change);
			window.removeEventListener('beforeprint', before);
			window.removeEventListener('afterprint', after);
		};
	}, []);
	const theme = printing ? 'light' : chosen || (system ? 'dark' : 'light');
	document.documentElement.dataset.theme = theme;
	const toggle = () => {
		const next = theme === 'dark' ? 'light' : 'dark';
		keep(next);
		setChosen(next);
	};
	return { theme, toggle, printing };
}

// A colour of the style sheet, for what is drawn on a canvas.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
