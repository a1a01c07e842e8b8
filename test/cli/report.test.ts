import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

test.concurrent('a page of a run, finished or not, with no key', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const say = async (line: string) => shell(folder, `millrace ${line}`);
  await say("build reviews.csv --emulate --prompt '{{text}}' --id id --dir run --quiet");
  expect(await say('report run')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/\[not_finished\]\n$/) });
  expect((await say('report run --html -')).stdout).toContain('The run is not finished');
  await say("run reviews.csv --emulate --prompt '{{text}}' --id id --dir run -o out.csv --quiet");
  expect(await say('report run --html page.html')).toEqual({ code: 0, stdout: '', stderr: 'page: page.html\n' });
  expect(readFileSync(join(folder, 'page.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<strong>100%<\/strong> of 3 records succeeded/);
  expect(statSync(join(folder, 'page.html')).mode & 0o777).toBe(0o600);
  const both = await say('report run --html page.html --json --quiet');
  expect(JSON.parse(both.stdout)).toMatchObject({ records: 3, outcomes: { succeeded: 3 }, cost: { usd: expect.any(Number) } });
  expect((await say('report run')).stdout).toMatch(/^records +3\n {2}succeeded +3\n/);
  const opened = await shell(folder, "mkdir bin && printf '#!/bin/sh\\necho \"$1\" > opened' > bin/xdg-open && chmod +x bin/xdg-open && PATH=\"$PWD/bin:$PATH\" millrace report run --html page.html --open --quiet && while [ ! -s opened ]; do :; done; cat opened");
  expect(opened.stdout.trim()).toMatch(/\/page\.html$/);
});

golden([
  { title: 'no run', command: 'millrace report nothing', code: 1, stderr: 'millrace: nothing holds no run. Build or run one there first. [no_such_run]\n' },
  { title: '--open without a page', command: 'millrace report nothing --open', code: 2, stderr: 'millrace: --open opens a page: name it with --html FILE. [invalid_option]\n' },
  {
    title: 'a page that cannot be written',
    files: { 'reviews.csv': reviews },
    command: "millrace build reviews.csv --emulate --prompt x --dir run --quiet && millrace report run --html nowhere/page.html",
    code: 1,
    stderr: /^millrace: --html: nowhere\/page\.html cannot be written: .*\[file_not_found\]\n$/,
  },
]);
