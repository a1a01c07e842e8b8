import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { canSplice } from '../../src/fused/join-bytes.ts';
import { joinFiles, type JoinFilesOptions } from '../../src/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-fused-'));
afterAll(() => rmSync(directory, { recursive: true }));

const idValues = ['a', 'b', 'c', 'd', '7', '1.5', 'é', '日本', 'a b', '"q"', '', ' ', 'x,y', '\u2028', '😀', 'long-'.repeat(30)];
const anyId = fc.constantFrom(...idValues);
const anyText = fc.array(fc.oneof(fc.constantFrom(',', '"', '\n', '\r\n', '\r', ' ', '\t', 'é', '😀', '\u00a0', '\ufeff', '\\', ';', 'abc'), fc.string({ maxLength: 3 })), { maxLength: 4 }).map((parts) => parts.join(''));

/** A cell as some program might have written it: quoted without need, or not quoted where it should be. */
const csvCell = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(value, fc.constantFrom('when needed', 'when needed', 'when needed', 'always', 'never')).map(([text, style]) => {
    const isNeeded = /[",\r\n]/.test(text);
    return style === 'never' || (style === 'when needed' && !isNeeded) ? text : `"${text.replaceAll('"', '""')}"`;
  });
const csvRow = fc.oneof({ weight: 12, arbitrary: fc.tuple(csvCell(anyId), csvCell(anyText), csvCell(anyText)).map((cells) => cells.join(',')) }, fc.constantFrom('', ' ', 'a', 'b,', 'c,d,e,', 'c,d,e,f', '"a', 'a"b,c,d', '"a"b,c,d'));
const csvFile = fc
  .tuple(fc.array(csvRow, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\n\n'), fc.boolean(), fc.constantFrom('', '\ufeff'), fc.constantFrom('id,text,note', 'text,id,"no te"', '"id",a,a'))
  .map(([rows, ending, isEnded, mark, header]) => mark + [header, ...rows].join(ending) + (isEnded ? ending : ''));

const jsonValue = fc.oneof(anyText.map((text) => JSON.stringify(text)), fc.constantFrom('1', '1.0', '1e3', 'null', '{"b": 1}', '{"b":1}', '[1,2]', '"\\u00e9"', '"\\/"', '12345678901234567890', '"\\ud83d"'));
const jsonLine = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(anyId, fc.array(fc.tuple(fc.constantFrom('text', 'n', '1', 'text', '__proto__', 'é'), jsonValue), { maxLength: 3 }), fc.constantFrom('{"id":', '{"id": ', '{ "id":')).map(([id, members, open]) => {
      const idText = /^[\d.]+$/.test(id) ? id : JSON.stringify(id);
      return `${open}${idText}${members.map(([key, value]) => `,"${key}":${value}`).join('')}}`;
    }),
  },
  fc.constantFrom('', ' ', '{}', '[]', '{"id":', 'null', '{"text":"x"}', '{"id":null}', '{"id":"a","id":"b"}', '{"id":{"x":1}}', '{"id":"a"} '),
);
const jsonlFile = fc.tuple(fc.array(jsonLine, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean()).map(([lines, ending, isEnded]) => lines.join(ending) + (isEnded ? ending : ''));

const resultLine = fc.tuple(anyId, anyText, fc.constantFrom('chat', 'chat', 'length', 'error', 'anthropic', 'tool', 'broken', 'embedding'), fc.boolean()).map(([id, text, kind, isSpaced]) => {
  const answered = (message: object, reason = 'stop') => ({ custom_id: id, response: { status_code: 200, body: { model: 'm', choices: [{ message, finish_reason: reason }], usage: { prompt_tokens: 3, completion_tokens: 4 } } }, error: null });
  const lines = {
    chat: answered({ content: text }),
    length: answered({ content: text }, 'length'),
    error: { custom_id: id, response: { status_code: 400, body: { error: { message: text, code: 'bad' } } }, error: null },
    anthropic: { custom_id: id, result: { type: 'succeeded', message: { model: 'c', content: [{ type: 'text', text }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 2 } } } },
    tool: answered({ content: null, tool_calls: [{ id: 't', function: { name: 'f', arguments: '{"x": 1}' } }] }, 'tool_calls'),
    broken: { custom_id: id },
    embedding: { custom_id: id, response: { status_code: 200, body: { data: [{ index: 0, embedding: [0.5, -1] }], usage: { prompt_tokens: 3 } } }, error: null },
  };
  const printed = JSON.stringify(lines[kind]);
  // As Python prints it, outside of strings. A vector is moved as it stands, spaces and all: there the outputs are equal as data.
  return isSpaced && kind !== 'embedding' ? printed.replaceAll(/("(?:[^"\\]|\\.)*")|([:,])/g, (_all, string: string | undefined, mark: string) => string ?? `${mark} `) : printed;
});

interface Case {
  readonly file: string;
  readonly results: readonly (readonly string[])[];
  readonly options: Partial<JoinFilesOptions>;
}
const anyCase = (file: fc.Arbitrary<string>, customIds: readonly (string | undefined)[]): fc.Arbitrary<Case> =>
  fc.record({
    file,
    results: fc.array(fc.array(resultLine, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
    options: fc.tuple(fc.constantFrom(...customIds), fc.constantFrom(undefined, 3)).map(([customId, limit]) => ({ ...(customId === undefined ? {} : { customId }), read: limit === undefined ? {} : { limit } })),
  });

interface Ending {
  readonly output: string | undefined;
  readonly rejects: readonly string[] | undefined;
  readonly report: object | undefined;
  readonly error: string | undefined;
}

async function joinOnce({ file, results, options }: Case, format: string, more: Partial<JoinFilesOptions>): Promise<Ending> {
  const source = join(directory, `source.${format}`);
  const sink = join(directory, `sink.${format}`);
  for (const path of [sink, `${sink}.rejects.jsonl`]) rmSync(path, { force: true });
  writeFileSync(source, file);
  const paths = results.map((lines, number) => {
    const path = join(directory, `results-${number}.jsonl`);
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  });
  const asked = { source, sink, results: paths, ...options, ...more };
  expect(canSplice(asked) === undefined).toBe(more.check !== undefined);
  let report: object | undefined;
  let error: string | undefined;
  try {
    report = { ...(await joinFiles(asked)), startedAt: '', endedAt: '' };
  } catch (cause) {
    error = String(cause);
  }
  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  // The stages run side by side: in which order two of them reject is not told.
  const rejects = text(`${sink}.rejects.jsonl`)?.split('\n').toSorted();
  return { output: text(sink), rejects, report, error };
}

describe('a join of bytes', () => {
  it.each([
    ['csv', csvFile, ['id', undefined, 'nowhere']],
    ['jsonl', jsonlFile, ['id', undefined, 'n']],
  ] as const)('of %s writes, counts and rejects what the stages do', async (format, file, customIds) => {
    let joined = 0;
    await fc.assert(
      fc.asyncProperty(anyCase(file, customIds), async (one) => {
        const composed = await joinOnce(one, format, { check: () => true });
        const fused = await joinOnce(one, format, {});
        // A join that failed leaves what it had found until then, which is not the same for both.
        expect(fused.error).toBe(composed.error);
        if (fused.error === undefined) expect(fused).toEqual(composed);
        if (fused.error === undefined) joined += 1;
      }),
      { seed: 1, numRuns: Number(process.env['FUSED_RUNS'] ?? 120) },
    );
    expect(joined).toBeGreaterThan(10);
  });
});
