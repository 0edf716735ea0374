// SPDX-License-Identifier: LGPL-2.1-or-later
import { render } from 'preact';
import { App } from './app.jsx';
import { readScript } from './data.js';
import './page.css';

const report = readScript('report-0');
const facts = [];
for (let i = 0; i < report.recordings; i++) facts.push(readScript(`facts-${i}`));
render(<App report={report} facts={facts} />, document.getElementById('page'));
