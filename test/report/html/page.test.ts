import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts';
import { build, chat, openRun, readReportPage, renderReportPage, run, type RunReport } from '../../../src/index.ts';
import { describeInBrowser, fitsItsWidth, launchBrowser, watchedPage } from '../../browser.ts';
import { connect, temporary } from '../../run/setting.ts';
import { hostile } from './hostile.ts';

const records = Array.from({ length: 60 }, (_unused, index) => ({ id: `r-${index} <b>`, text: hostile[index] ?? `fine ${index}` }));
const job = { source: records, customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'Classify: {{text}}' }), pollIntervalMs: 10, concurrency: 1, graceMs: 50 };
let emulator: Emulator;
let directory: string;
let html: string;
let told: RunReport;

beforeAll(async () => {
  emulator = await startEmulator({
    // What comes back of a text is as hostile as the text.
    answer: ({ customId }) => `<script>alert("${customId}")</script>`,
    faults: [...['1,2,3', '4,5,6', '7,8'].map((rows, at) => `batch=1 row=${rows} error=400 code=<i>bad</i>${at} message=<script>alert(11)</script>`), 'batch=2 row=1,2,3,4 refused'],
  });
  directory = join(temporary(), 'run <u>x');
  told = await run({ ...job, directory, provider: connect('openai', emulator.url), limits: { maxRequests: 25 } });
  html = renderReportPage(await readReportPage(directory, { provider: connect('openai', emulator.url) }));
});

afterAll(() => emulator.close());

describe('the data of a page', () => {
  test('is that of the report, from the directory alone', async () => {
    await emulator.close();
    const provider = connect('openai', 'http://127.0.0.1:9');
    const data = await readReportPage(directory, { provider });
    expect(data.report).toEqual({ ...told, endedAt: expect.any(String) });
    expect(data.report).toMatchObject({ records: 60, shards: 3, batches: 3 });
    const outcomes: Readonly<Record<string, number>> = data.report?.outcomes ?? {};
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(data.report?.reasons).toMatchObject({ '<i>bad</i>0': 3, '<i>bad</i>2': 2 });
    expect(data.failures.reduce((sum, { count }) => sum + count, 0)).toBe(60 - (outcomes['succeeded'] ?? 0));
    expect(data.failures.find(({ reason }) => reason === '<i>bad</i>0')).toMatchObject({ status: 'errored', count: 3, samples: [{ index: 0, customId: 'r-0 <b>', message: { text: '<script>alert(11)</script>' } }, { index: 1 }, { index: 2 }] });
    expect(data.timeline.map(({ number, requestCount, rawStatus }) => [number, requestCount, rawStatus])).toEqual([[1, 25, 'completed'], [2, 25, 'completed'], [3, 10, 'completed']]);
    expect(data.timeline.every(({ readyAt, startedAt = 0, endedAt = 0 }) => readyAt <= startedAt && startedAt <= endedAt)).toBe(true);
    expect(data.latency.total).toBe(60);
    expect(data.outputTokens.total).toBe(52);
    expect(data.expected?.outputTokens).toBeGreaterThan(0);
  });

  test('answers that were not sent for are told as such', async () => {
    const other = await startEmulator();
    const provider = connect('openai', other.url);
    const folder = join(temporary(), 'thrifty');
    const report = await run({ ...job, source: ['a', 'b', 'a', 'a'].map((text, id) => ({ id, text })), directory: folder, provider, dedupe: true });
    const data = await readReportPage(folder, { provider });
    expect(data.report).toEqual({ ...report, endedAt: expect.any(String) });
    expect(data.report).toMatchObject({ origins: { fresh: 2, deduplicated: 2 }, cost: { savedUsd: expect.any(Number) } });
    expect(data.timeline).toHaveLength(1);
    expect(data.latency.total).toBe(2);
    expect(renderReportPage(data)).toMatch(/Answers taken over<\/dt><dd>2<small>0 of earlier runs, 2 of equal requests/);
    await other.close();
  });

  test('another provider is refused: its lines would be read by other rules', async () => {
    await expect(readReportPage(directory, { provider: connect('anthropic', 'http://127.0.0.1:9') })).rejects.toMatchObject({ code: 'run_mismatch' });
  });

  test('a run whose results are to come has a page too', async () => {
    const other = await startEmulator();
    const provider = connect('openai', other.url);
    const folder = join(temporary(), 'started');
    await build({ ...job, directory: folder, provider });
    const built = await readReportPage(folder, { provider });
    expect(built.report).toBeUndefined();
    expect(built.timeline).toMatchObject([{ number: 1, state: 'built', requestCount: 60 }]);
    expect(renderReportPage(built)).toContain('The run is not finished: the results of 0 of 1 shards are here');
    await (await openRun(folder, { provider })).submit();
    expect((await readReportPage(folder, { provider })).timeline[0]).toMatchObject({ state: 'submitted', startedAt: expect.any(Number) });
    await other.close();
  });
});

describeInBrowser('the page in Chromium', () => {
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    browser = await launchBrowser();
    const file = join(temporary(), 'report.html');
    writeFileSync(file, html);
    address = pathToFileURL(file).href;
  });

  afterAll(() => browser.close());

  test('shows everything, loads nothing, complains of nothing', async () => {
    const { page, complaints, requests } = await watchedPage(browser);
    await page.goto(address);
    const text = await page.locator('body').innerText();
    for (const title of ['Outcomes', 'Reasons', 'Cost and tokens', 'Shards over time', 'Output tokens', 'Latency', 'Records that did not succeed', 'How to reproduce']) expect(text).toContain(title);
    expect(text).toMatch(/of 60 records succeeded/);
    expect(text).toMatch(/succeeded 48 80\.0%.*\nunusable 4 6\.7%.*\nerrored 8 13\.3%/);
    expect(text).toContain('millrace status');
    expect(await page.title()).toBe('run <u>x: millrace report');
    expect(requests).toEqual([address]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('hostile records are text', async () => {
    const { page, complaints, requests } = await watchedPage(browser);
    await page.goto(address);
    expect(await page.locator('script, img, iframe, a, base, link, form, object, [onclick], [onerror], [onload], [href], [src]').count()).toBe(0);
    const texts = await page.locator('.sample pre').allTextContents();
    for (const text of hostile.slice(0, 6)) expect(texts.join('\n')).toContain(JSON.stringify(text));
    expect(texts.join('\n')).toContain('invoice⟨U+202E⟩xcod.exe ⟨U+2066⟩isolate');
    expect(await page.locator('.sample').allInnerTexts()).toContainEqual(expect.stringMatching(/y{1000}[^]*and 998,\d{3} more characters/));
    expect(texts).toContain('<script>alert(11)</script>');
    expect(await page.locator('h3 code').allTextContents()).toContain('<i>bad</i>1');
    expect(await page.locator('h1').textContent()).toBe('run <u>x');
    expect(html.length).toBeLessThan(100_000);
    expect(requests).toEqual([address]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('fits a phone, in %s', async (colorScheme) => {
    const { page } = await watchedPage(browser, { viewport: { width: 360, height: 740 }, colorScheme });
    await page.goto(address);
    expect(await fitsItsWidth(page)).toBe(true);
    const [paper, ink] = await page.evaluate<[string, string]>('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]');
    expect(paper).toBe(colorScheme === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)');
    expect(ink).not.toBe(paper);
    await page.context().close();
  });

  test('is printed on white, whole', async () => {
    const { page } = await watchedPage(browser, { colorScheme: 'dark' });
    await page.goto(address);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('[...document.querySelectorAll("pre")].every((text) => text.scrollHeight <= text.clientHeight + 1)')).toBe(true);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.context().close();
  });

  test('what scrolls can be reached by keyboard', async () => {
    const { page } = await watchedPage(browser);
    await page.goto(address);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('PRE');
    await page.context().close();
  });
});
