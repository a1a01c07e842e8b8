import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { describe } from 'vitest';

/** Where Debian, Ubuntu and others put it. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));

/** Tests in a real browser; where there is none, they are skipped, and their title says what is missing. */
export function describeInBrowser(title: string, tests: () => void): void {
  if (executablePath === undefined) describe.skip(`${title} (skipped: no Chromium here; apt-get install chromium)`, tests);
  else describe(title, tests);
}

export function launchBrowser(): Promise<Browser> {
  // Containers have no user namespaces for the sandbox; the pages are our own.
  return chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
}

/** A page, and what went on behind it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, and those that were thrown. */
  readonly complaints: string[];
  /** Addresses it asked for. */
  readonly requests: string[];
}

export async function watchedPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  return { page, complaints, requests };
}

/** True if nothing has to be scrolled sideways. */
export function fitsItsWidth(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth <= innerWidth');
}
