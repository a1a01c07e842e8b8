import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RejectsFile } from '../../src/records/rejects.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rejects-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a rejection is a line, on disk at once, with its fields in order', async () => {
  const path = join(folder, 'out.rejects.jsonl');
  const rejects = new RejectsFile(path);
  rejects.add({ code: 'parse_error', message: 'bad', index: 4, file: 'in.csv', line: 6, column: 2, raw: '2,b,c\n', value: { id: '2' } });
  const first = '{"file":"in.csv","line":6,"column":2,"record":4,"code":"parse_error","message":"bad","raw":"2,b,c\\n","value":{"id":"2"}}\n';
  expect(readFileSync(path, 'utf8')).toBe(first);
  const { add } = rejects;
  add({ code: 'too_large', message: 'big', index: 7, customId: 'a' });
  expect(rejects.count).toBe(2);
  expect(await rejects.close()).toBe(2);
  expect(readFileSync(path, 'utf8')).toBe(`${first}{"record":7,"custom_id":"a","code":"too_large","message":"big"}\n`);
});

test('without rejections there is no file, and a stale one is gone', async () => {
  const path = join(folder, 'out.rejects.jsonl');
  writeFileSync(path, 'old\n');
  expect(await new RejectsFile(path).close()).toBe(0);
  expect(existsSync(path)).toBe(false);
});
