import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultsFrom } from '../../src/cli/faults.ts';
import { checkProviderFlags, openProvider } from '../../src/cli/provider.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-test-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function fileOf(text: string): Promise<string> {
  const path = join(directory, 'faults.json');
  await writeFile(path, text);
  return path;
}

test('rules come from a file, texts and objects alike, then from the flags', async () => {
  const faults = await fileOf('["missing", { "row": 3, "action": { "kind": "blank" } }]');
  expect(await faultsFrom({ faults, fault: ['crlf'] })).toEqual(['missing', { row: 3, action: { kind: 'blank' } }, 'crlf']);
  expect(await faultsFrom({})).toEqual([]);
});

test.each([
  ['{', 'invalid_option', 'is not valid JSON'],
  ['{"fault": "missing"}', 'invalid_option', 'must hold a JSON array'],
])('a file that holds %s is refused', async (text, code, message) => {
  await expect(faultsFrom({ faults: await fileOf(text) })).rejects.toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

test('a file that is not there is refused', async () => {
  await expect(faultsFrom({ faults: join(directory, 'none.json') })).rejects.toThrow(expect.objectContaining({ code: 'file_not_found' }));
});

test('run --emulate meets the faults; without --emulate they are refused', async () => {
  const { provider, close } = await openProvider({ emulate: true, fault: ['openai.batches.list answer=503'] }, directory);
  await expect(provider.list()[Symbol.asyncIterator]().next()).rejects.toThrow(expect.objectContaining({ code: 'provider_unavailable' }));
  await close();
  expect(() => checkProviderFlags({ fault: ['missing'] })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  await expect(openProvider({ emulate: true, fault: ['vanish'] }, directory)).rejects.toThrow(expect.objectContaining({ code: 'invalid_option' }));
});
