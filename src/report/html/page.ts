import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { escapeHtml } from './escape.ts';
import { failures } from './failures.ts';
import { histogram } from './bars.ts';
import type { ReportPageData } from './page-data.ts';
import { outcomes, reasons, verdict } from './outcomes.ts';
import { reproduce } from './reproduce.ts';
import { sums } from './sums.ts';
import { theme } from './theme.ts';
import { timeline } from './timeline.ts';
import { count, moment, span } from './words.ts';

/**
 * A run as one page of HTML, to be sent to anybody: it loads nothing, runs no script and holds no link, so that texts of records, which may
 * come from anybody, are nothing but text. Light, dark, for phones and for paper. Charts are SVG made here, not by a library in the page:
 * those draw on a canvas, which needs a script, does not follow light, dark and paper, and says nothing to a screen reader. Pure.
 *
 * @example
 * await writeFile('report.html', renderReportPage(await readReportPage('runs/reviews', { provider: openai() })));
 */
export function renderReportPage(data: ReportPageData): string {
  const { directory } = data.status;
  const name = escapeHtml(basename(directory) || directory);
  const style = createHash('sha256').update(theme).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${name}: millrace report</title>
<style>${theme}</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p class="soft">${facts(data)}</p>
</header>
<main>
${sections(data).join('\n')}
</main>
<footer class="soft">Made by millrace, ${moment(data.at)}. This page holds the prompt and some records of the run.</footer>
</body>
</html>
`;
}

function facts({ status: { provider, account, records }, createdAt, description: { request } }: ReportPageData): string {
  const model = typeof request === 'object' && request !== null && 'model' in request && typeof request.model === 'string' ? [request.model] : [];
  return [provider, ...model, account, `${count(records)} records`, `begun ${moment(createdAt)}`].map(escapeHtml).join(' · ');
}

function sections(data: ReportPageData): string[] {
  return [
    verdict(data),
    ...section('Outcomes', outcomes(data)),
    ...section('Reasons', reasons(data)),
    ...section('Cost and tokens', sums(data)),
    ...section('Shards over time', data.timeline.length === 0 ? '' : timeline(data)),
    ...section('Output tokens', data.outputTokens.total === 0 ? '' : histogram(data.outputTokens, { caption: 'Answers by their output tokens', unit: count })),
    ...section('Latency', data.latency.total === 0 ? '' : histogram(data.latency, { caption: 'Results by the time from the creation of their batch to its end', unit: span })),
    ...section('Records that did not succeed', failures(data)),
    ...section('How to reproduce', reproduce(data)),
  ];
}

/** A section; nothing where there is nothing to say. */
function section(title: string, content: string): string[] {
  if (content === '') return [];
  const id = title.toLowerCase().replaceAll(' ', '-');
  return [`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`];
}
