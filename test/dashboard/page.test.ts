import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openRun, readStatus } from '../../src/index.ts';
import { lockRun } from '../../src/ledger/lock.ts';
import { describeInBrowser, fitsItsWidth, launchBrowser, watchedPage, type WatchedPage } from '../browser.ts';
import { hostile } from '../report/html/hostile.ts';
import { pace, startStage, type Stage } from './setting.ts';

describeInBrowser('the dashboard in Chromium', () => {
  let browser: Browser;
  let stage: Stage;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    [browser, stage] = await Promise.all([launchBrowser(), startStage()]);
  });

  afterAll(async () => {
    await browser.close();
    await stage.close();
  });

  beforeEach(async () => {
    watched = await watchedPage(browser);
    ({ page } = watched);
    return () => page.context().close();
  });

  const open = async (hash = '') => {
    await page.goto(stage.dashboard.url);
    await page.locator('#connection.live').waitFor();
    if (hash !== '') await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  };
  const row = (name: string): Locator => page.locator('tr', { has: page.getByRole('link', { name, exact: true }) });
  const says = async (place: Locator, words: string | RegExp) => expect.poll(() => place.innerText(), { timeout: 20_000, interval: 30 }).toMatch(words);
  const confirm = async (within: Locator | Page, action: string, yes: string) => {
    await within.getByRole('button', { name: new RegExp(`^${action}`) }).click();
    await page.getByRole('dialog').getByRole('button', { name: yes }).click();
  };
  const batchesOf = async (name: string) => (await readStatus(join(stage.root, name))).batches.map(({ rawStatus }) => rawStatus);
  const expectQuiet = () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.requests.filter((url) => !url.startsWith(`http://127.0.0.1:${stage.dashboard.port}/`))).toEqual([]);
  };

  test('no runs yet; one that is built appears, and lives', async () => {
    await open();
    await says(page.locator('main'), 'There is no run under');
    const directory = await stage.build('live');
    await says(row('live'), 'being sent');
    expect(await page.locator('#news').textContent()).toMatch(/^live (appeared|waits for being sent)$/);
    // Another process would do the same to the ledger.
    const job = await openRun(directory, { provider: stage.provider, ...pace });
    await job.submit();
    await says(row('live'), 'the provider');
    await says(row('live'), '1 submitted');
    stage.finishBatches();
    await job.wait();
    await says(row('live'), 'its results being fetched');
    await job.fetch();
    await says(row('live'), 'nothing');
    await says(row('live'), '3 of 3 done');
    expect(await page.locator('#news').textContent()).toContain('live waits for nothing');
    expectQuiet();
  });

  test('resume sends, waits and fetches; a second dashboard page sees it', async () => {
    await stage.build('resumed');
    await open('#/runs/resumed');
    const other = await watchedPage(browser);
    await other.page.goto(stage.dashboard.url);
    await confirm(page, 'Resume', 'Yes, resume');
    await says(page.locator('main'), 'Resume: under way');
    await says(other.page.locator('main'), 'Resume: under way');
    expect(await page.getByRole('button', { name: /^Resume/ }).count()).toBe(0);
    // Time moves once: a batch that came later would never end.
    await says(page.locator('main'), '1 submitted');
    stage.finishBatches();
    await says(page.locator('main'), 'Resume: All results are here.');
    await says(page.locator('main'), 'Every record succeeded.');
    await says(other.page.locator('main'), 'Resume: All results are here.');
    expect(await batchesOf('resumed')).toEqual(['completed']);
    await other.page.context().close();
    expectQuiet();
  });

  test('cancel, after it was asked whether, stops the wait and cancels the batch', async () => {
    const directory = await stage.build('canceled');
    await open();
    await confirm(row('canceled'), 'Resume', 'Yes, resume');
    await says(row('canceled'), '1 submitted');
    await row('canceled').getByRole('button', { name: /^Cancel/ }).click();
    expect(await page.getByRole('dialog').innerText()).toContain(`It is done at openai, ${stage.provider.account}.`);
    await page.getByRole('button', { name: 'No, leave it' }).click();
    expect((await readStatus(directory)).batches[0]?.canceledByUser).toBe(false);
    await confirm(row('canceled'), 'Cancel', 'Yes, cancel the batches');
    await says(row('canceled'), 'The provider was asked to cancel');
    expect((await readStatus(directory)).batches[0]?.canceledByUser).toBe(true);
    expect(stage.emulator.calls().filter(({ route }) => route === 'openai.batches.cancel')).toHaveLength(1);
    stage.finishBatches();
    await confirm(row('canceled'), 'Resume', 'Yes, resume');
    await says(row('canceled'), 'All results are here.');
    expect(await batchesOf('canceled')).toEqual(['cancelled']);
    expectQuiet();
  });

  test('retry sends again what failed', async () => {
    const directory = await stage.build('retried');
    stage.emulator.setFaults(['batch=1 row=2 error=500']);
    const job = await openRun(directory, { provider: stage.provider, ...pace, breaksCircuit: false });
    await job.submit();
    stage.finishBatches();
    await job.wait();
    await job.fetch();
    await open('#/runs/retried');
    await page.getByRole('heading', { name: /^errored: server_error 1 record$/ }).waitFor();
    await confirm(page, 'Retry failures', 'Yes, send again');
    await says(page.locator('main'), 'were sent again');
    await says(page.locator('main'), '1 submitted, 1 fetched');
    expect(await batchesOf('retried')).toHaveLength(2);
    stage.emulator.setFaults([]);
    expectQuiet();
  });

  test('a run that another process holds says so', async () => {
    const release = await lockRun(await stage.build('held'));
    await open();
    await confirm(row('held'), 'Resume', 'Yes, resume');
    await says(row('held'), /Another process is working on .*process \d+ on .*\[run_locked\]/);
    release();
  });

  test('hostile records are text', async () => {
    await stage.hostileRun('run <u>x & "y" ‮z');
    await open();
    await page.getByRole('link', { name: /^run <u>x & "y" ⟨U\+202E⟩z/ }).click();
    await page.locator('.sample').first().waitFor();
    const texts = (await page.locator('.sample pre').allTextContents()).join('\n');
    for (const text of hostile.slice(0, 6)) expect(texts).toContain(JSON.stringify(text));
    expect(texts).toContain('invoice⟨U+202E⟩xcod.exe ⟨U+2066⟩isolate');
    expect(texts).toContain('<script>alert(11)</script>');
    await says(page.locator('main'), /and 998,\d{3} more characters/);
    expect(await page.locator('main').locator('script, img, iframe, base, form, [onclick], [onerror], [onload], [src]').count()).toBe(0);
    expect(await page.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual(['#/']);
    expectQuiet();
  });

  test('a directory that cannot be read is named, and stops nothing', async () => {
    mkdirSync(join(stage.root, 'broken'), { recursive: true });
    writeFileSync(join(stage.root, 'broken', 'ledger.sqlite'), 'nonsense');
    await open();
    await says(row('broken'), 'not a database');
    await stage.build('sound');
    await says(row('sound'), 'being sent');
  });

  test('a wrong token gets nothing, and is told', async () => {
    await page.goto(stage.dashboard.url.replace(/token=.*/, 'token=wrong'));
    await page.getByRole('heading', { name: 'Not let in' }).waitFor();
    expect(await page.locator('table').count()).toBe(0);
  });

  test('the token leaves the address, and a reload keeps the page', async () => {
    await stage.build('reloaded');
    await open();
    expect(page.url()).not.toContain(stage.token);
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await row('reloaded').waitFor();
  });

  test('everything can be done by keyboard', async () => {
    await stage.build('by keyboard');
    await open();
    await row('by keyboard').waitFor();
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    const press = async (key: string, until: string) => {
      for (let times = 0; times < 40 && (await focused()) !== until; times += 1) await page.keyboard.press(key);
      expect(await focused()).toBe(until);
    };
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the runs');
    expect(await page.locator('.skip').boundingBox()).toMatchObject({ x: 16 });
    await press('Tab', 'by keyboard');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'by keyboard' }).waitFor();
    await expect.poll(focused).toBe('by keyboard');
    await press('Tab', 'Resume');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('No, leave it');
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Resume');
    await page.keyboard.press('Enter');
    await press('Tab', 'Yes, resume');
    await page.keyboard.press('Enter');
    await says(page.locator('main'), 'Resume: under way');
    // Its button is gone; the focus is not lost with it.
    await expect.poll(focused).toBe('by keyboard');
    await says(page.locator('main'), '1 submitted');
    stage.finishBatches();
    await says(page.locator('main'), 'Resume: All results are here.');
  });

  test.each(['light', 'dark'] as const)('landmarks, names and a narrow screen, in %s', async (colorScheme) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme });
    await stage.build(colorScheme);
    await open(`#/runs/${colorScheme}`);
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    expect(await fitsItsWidth(page)).toBe(true);
    for (const role of ['banner', 'main', 'navigation'] as const) expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('region').count()).toBe(3);
    expect(await page.locator('html[lang=en]').count()).toBe(1);
    await page.getByRole('link', { name: 'All runs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    expect(await fitsItsWidth(page)).toBe(true);
    expect(await page.getByRole('button').evaluateAll((buttons) => buttons.every((button) => (button.getAttribute('aria-label') ?? '').includes(': ')))).toBe(true);
  });
});
