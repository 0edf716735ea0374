// SPDX-License-Identifier: LGPL-2.1-or-later
// Small pieces that several parts are made of.

import { useId } from 'preact/hooks';

export function Section({ id, title, aside, children, class: name = '' }) {
	return (
		<section id={id} class={`section ${name}`} aria-labelledby={`${id}-title`}>
			<header class="section-head">
				<h2 id={`${id}-title`}>{title}</h2>
				{aside}
			</header>
			{children}
		</section>
	);
}

// One of several words; arrow keys move, as in any group of radio buttons.
export function Choice({ label, value, options, change }) {
	const name = useId();
	return (
		<div class="choice" role="radiogroup" aria-label={label}>
			{options.map(([key, text, hint]) => (
				<label key={key} title={hint} class={key === value ? 'on' : ''}>
					<input type="radio" name={name} value={key} checked={key === value} onChange={() => change(key)} />
					<span>{text}</span>
				</label>
			))}
		</div>
	);
}

// A number with its exact value for whoever points at it.
export function Number({ value, format, exact, class: name }) {
	return <span class={name} title={exact ?? value.toLocaleString('en-US')}>{format(value)}</span>;
}

export function Bar({ part, kind = '' }) {
	return <span class={`bar ${kind}`} aria-hidden="true"><i style={{ width: `${Math.max(0, Math.min(1, part)) * 100}%` }} /></span>;
}

const PATHS = {
	search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5 12 4.500 4.500',
	sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M5 19l1.500-1.500M17.500 6.500 19 5',
	moon: 'M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z',
	close: 'M6 6l12 12M18 6 6 18',
	help: 'M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500v.5',
	copy: 'M9 9h10v11H9zM5 15V4h10',
};

export function Icon({ name }) {
	return (
		<svg class="icon" viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.800"
			stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d={PATHS[name]} /></svg>
	);
}
