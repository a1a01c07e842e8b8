import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lint, type LintOptions } from '../../src/index.ts';
import { safeCustomId } from '../../src/requests/safe-id.ts';
import { anthropicFixtures, ask, body, chat, lines, openaiFixtures } from './fixtures.ts';
import { lintBytes, linted } from './linting.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'millrace-fix-'));

/** Lints a file with a corrected copy beside it. */
async function fixed(name: string, content: string | Buffer, options: Omit<LintOptions, 'source'> = {}) {
  const directory = folder();
  const [source, copy] = [join(directory, name), join(directory, `fixed-${name.replace('.gz', '')}`)];
  writeFileSync(source, content);
  const result = await linted({ source, fix: copy, ...options });
  expect(readFileSync(source)).toEqual(Buffer.from(content));
  const ids = existsSync(`${copy}.ids.jsonl`) ? readFileSync(`${copy}.ids.jsonl`, 'utf8') : undefined;
  expect(readdirSync(directory).length).toBe(ids === undefined ? 2 : 3);
  return { ...result, text: readFileSync(copy, 'utf8'), ids };
}

test('what is certain is corrected, and all else stands as it was', async () => {
  const odd = '{ "custom_id" : "b",  "method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini","n":1.0,"messages":[{"role":"user","content":"\\u00e9\\/"}]}}';
  const { text, findings, summary, ids } = await fixed('a.jsonl', `\uFEFF${JSON.stringify(chat('a'))}\r\n\n \r\n  ${odd}\t\n{"broken": \r\n\n`);
  expect(text).toBe(`${JSON.stringify(chat('a'))}\n${odd}\n{"broken":\n`);
  expect(findings.filter((found) => found.fixed).map(({ rule, line }) => [rule, line])).toEqual([
    ['byte_order_mark', 1], ['carriage_return', 1], ['blank_line', 2], ['blank_line', 3], ['surrounding_space', 4], ['carriage_return', 5], ['surrounding_space', 5], ['blank_line', 6],
  ]);
  expect(summary).toMatchObject({ errors: 1, warnings: 0, fixed: 8, mappedIds: 0, requests: 3 });
  expect(ids).toBeUndefined();
});

test('ids that would be refused are mapped, and the map says which', async () => {
  const spaced = '{"custom_id" : "a b", "params":{"model":"claude-haiku-4-5","max_tokens":1,"messages":[{"role":"user","content":"a b"}]}}';
  const { text, ids, summary, findings } = await fixed('a.json', body(spaced, ask('ok'), ask(17), ask('é')));
  expect(text).toBe(body(spaced.replace('"a b"', JSON.stringify(safeCustomId('a b'))), ask('ok'), ask(17).custom_id === 17 ? { ...ask(17), custom_id: '17' } : '', { ...ask('é'), custom_id: safeCustomId('é') }));
  expect(ids).toBe(`{"custom_id":"${safeCustomId('a b')}","original":"a b"}\n{"custom_id":"17","original":17}\n{"custom_id":"${safeCustomId('é')}","original":"é"}\n`);
  expect(summary).toMatchObject({ errors: 0, fixed: 3, mappedIds: 3 });
  expect(findings.map(({ customId }) => customId)).toEqual(['a b', '17', 'é']);
});

test('a number and its text are the same id in the copy', async () => {
  const { findings, summary } = await fixed('a.jsonl', lines(chat(17), chat('17')));
  expect(findings.map(({ rule, line, fixed: isFixed = false }) => [rule, line, isFixed])).toEqual([['wrong_type', 1, true], ['duplicate_custom_id', 2, false]]);
  expect(summary.errors).toBe(1);
});

test('a compressed file is read, and its copy is not compressed', async () => {
  const { text, findings } = await fixed('a.jsonl.gz', gzipSync(`${lines(chat('a'))}\n`));
  expect(text).toBe(lines(chat('a')));
  expect(findings.map(({ rule }) => rule)).toEqual(['blank_line']);
});

test('what was not read is in the copy all the same', async () => {
  const array = JSON.stringify([chat('a'), chat('b')], undefined, 1);
  expect((await fixed('a.jsonl', array)).text).toBe(array);
  const cut = body(ask('a b'), ask('b')).slice(0, -20);
  expect((await fixed('a.json', cut)).text).toBe(cut.replace('"a b"', JSON.stringify(safeCustomId('a b'))));
  const strange = `${body(ask('a'))} and more`;
  expect((await fixed('a.json', strange)).text).toBe(strange);
});

describe('property: a copy has nothing left to correct, and needs no further one', () => {
  test.each([
    ['a.jsonl', openaiFixtures],
    ['a.json', anthropicFixtures],
  ])('%s', async (name, fixtures) => {
    const small = fixtures.filter(({ content }) => content.length < 5000).map(({ content }) => content);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...small), fc.constantFrom('', '\uFEFF'), fc.constantFrom('\n', '\r\n', '\n\n'), async (content, mark, feed) => {
        const given = typeof content === 'string' ? mark + content.replaceAll('\n', feed) : content;
        const first = await fixed(name, given);
        const again = await lintBytes(first.text, name);
        const standing = first.findings.filter((found) => !found.fixed).map(({ rule }) => rule);
        // Broken bytes are read as text here, so that they are no longer broken.
        if (!standing.includes('not_utf8')) expect(again.findings.map(({ rule }) => rule)).toEqual(standing);
        expect((await fixed(name, first.text)).text).toBe(first.text);
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});

describe('never in place', () => {
  const refused = async (source: string, fix: string) => expect(linted({ source, fix })).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining('choose another') });

  test('nor behind a link', async () => {
    const directory = folder();
    const source = join(directory, 'a.jsonl');
    writeFileSync(source, lines(chat('a')));
    linkSync(source, join(directory, 'hard.jsonl'));
    symlinkSync(source, join(directory, 'soft.jsonl'));
    for (const name of ['a.jsonl', 'hard.jsonl', 'soft.jsonl', '../a.jsonl']) await refused(source, name === '../a.jsonl' ? `${directory}/./a.jsonl` : join(directory, name));
    expect(readFileSync(source, 'utf8')).toBe(lines(chat('a')));
  });

  test('nor compressed, nor for a source of records', async () => {
    const directory = folder();
    await refused(join(directory, 'a.jsonl'), join(directory, 'b.jsonl.gz'));
  });

  test('an unfinished copy is removed', async () => {
    const directory = folder();
    const source = join(directory, 'a.jsonl');
    writeFileSync(source, `\n${lines(...Array.from({ length: 5000 }, (_, index) => chat(`a b ${index}`)))}`);
    for await (const { rule } of lint({ source, fix: join(directory, 'b.jsonl') })) {
      expect(rule).toBe('blank_line');
      break;
    }
    await expect(linted({ source: join(directory, 'none.jsonl'), fix: join(directory, 'b.jsonl') })).rejects.toMatchObject({ code: 'file_not_found' });
    expect(readdirSync(directory)).toEqual(['a.jsonl']);
  });
});
