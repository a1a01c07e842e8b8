import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/index.ts';
import { anthropicFixtures, ask, at, body, chat, embed, lines, openaiFixtures } from './fixtures.ts';
import { lintBytes } from './linting.ts';
import { startJudge, type Verdict } from './verdict.ts';

/** An error is refused or its row is errored; what has none is not. Where rows were run, they are the same ones. */
function expectAgreement(content: string | Buffer, { isRefused, lines: named, errored }: Verdict, findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const begin = content.toString('utf8').slice(0, 2000);
  expect({ begin, fails: isRefused || errored.length > 0 }).toEqual({ begin, fails: errors.length > 0 });
  const lintedLines = new Set(errors.map(({ line }) => line));
  expect({ begin, surplus: named.filter((line) => !lintedLines.has(line)) }).toEqual({ begin, surplus: [] });
  if (!isRefused) expect({ begin, ids: errored.toSorted() }).toEqual({ begin, ids: [...new Set(errors.map(({ customId }) => customId))].toSorted() });
}

const urlIn = (content: string | Buffer): string => /"url":"([^"]+)"/.exec(content.toString())?.[1] ?? '/v1/chat/completions';

/** The endpoint that whoever sends the file takes: that of the file. */
async function openaiCase(content: string | Buffer): Promise<{ findings: readonly Finding[]; endpoint: string }> {
  const { findings, summary } = await lintBytes(content, 'batch.jsonl');
  return { findings, endpoint: summary.endpoint ?? urlIn(content) };
}

describe('the emulator agrees on every fixture', () => {
  test.each(openaiFixtures)('OpenAI: $title', async ({ content }) => {
    const judge = await startJudge();
    const { findings, endpoint } = await openaiCase(content);
    expectAgreement(content, await judge.openai(content, endpoint), findings);
  });

  test.each(anthropicFixtures)('Anthropic: $title', async ({ content, version }) => {
    const judge = await startJudge();
    const { findings } = await lintBytes(content, 'batch.json', version === undefined ? {} : { apiVersion: version });
    expectAgreement(content, await judge.anthropic(content, version), findings);
  });
});

/** Things that go into fields, right and wrong. */
const oddValue = fc.constantFrom<unknown>(null, '', ' ', 'x', 0, 1, -1, 1.5, true, false, [], {}, [''], ['x', ''], [{}], [{ role: 'user', content: 'hi' }], [{ role: 'system', content: 'hi' }], [{ role: 'user' }], 'gpt-5', 'gpt-4o-mini', 'o3', 'claude-haiku-4-5', 'text-embedding-3-small', 'davinci-002', 4096);
const envelopeField = fc.constantFrom('custom_id', 'method', 'url', 'body', 'params', 'extra');
const bodyField = fc.constantFrom('model', 'messages', 'input', 'prompt', 'stream', 'temperature', 'top_p', 'top_k', 'logprobs', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'dimensions', 'speed', 'system', 'unheard_of');

type Change = (text: string, inner: 'body' | 'params') => string;

/** One way to spoil a line, or not. */
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(envelopeField, oddValue).map(([field, value]): Change => (text) => edit(text, (request) => ({ ...request, [field]: value }))) },
  { weight: 6, arbitrary: fc.tuple(bodyField, oddValue).map(([field, value]): Change => (text, inner) => edit(text, (request) => ({ ...request, [inner]: { ...(request[inner] as object), [field]: value } }))) },
  { weight: 2, arbitrary: bodyField.map((field): Change => (text, inner) => edit(text, (request) => ({ ...request, [inner]: { ...(request[inner] as object), [field]: undefined } }))) },
  { weight: 1, arbitrary: envelopeField.map((field): Change => (text) => edit(text, (request) => ({ ...request, [field]: undefined }))) },
  { weight: 1, arbitrary: fc.constantFrom<Change>((text) => ` ${text}`, (text) => `${text}\t `, (text) => `${text}\r`, () => '', (text) => text.slice(0, -1), (text) => `${text}}`, (text) => `[${text}]`, (text) => `\uFEFF${text}`, (text) => text.replace('"', "'"), (text) => edit(text, (request) => ({ ...request, custom_id: 'r-0' })), (text) => text.replace(/"method":/, '"method" :\u00a0')) },
);

function edit(text: string, change: (request: Record<string, unknown>) => object): string {
  try {
    return JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));
  } catch {
    return text;
  }
}

const changes = fc.array(fc.tuple(fc.nat({ max: 3 }), change), { maxLength: 3 });

function spoil(texts: readonly string[], given: readonly (readonly [number, Change])[], inner: 'body' | 'params'): string[] {
  const spoilt = [...texts];
  for (const [index, apply] of given) spoilt[index % spoilt.length] = apply(spoilt[index % spoilt.length] ?? '', inner);
  return spoilt;
}

const seeds: readonly ((id: string) => object)[] = [
  (id) => chat(id),
  (id) => chat(id, { model: 'gpt-5-mini' }),
  (id) => at('/v1/responses', id, { model: 'gpt-4.1-mini', input: 'hi' }),
  (id) => at('/v1/completions', id, { model: 'davinci-002', prompt: 'hi' }),
  (id) => at('/v1/moderations', id, { model: 'omni-moderation-latest', input: 'hi' }),
  (id) => embed(id),
];

test('property: the emulator agrees on files that were spoilt at random, OpenAI', async () => {
  const judge = await startJudge();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...seeds), changes, async (make, given) => {
      const content = lines(...spoil(['r-0', 'r-1', 'r-2'].map((id) => JSON.stringify(make(id))), given, 'body'));
      const { findings, endpoint } = await openaiCase(content);
      expectAgreement(content, await judge.openai(content, endpoint), findings);
    }),
    { numRuns: 400, seed: 5 },
  );
});

test('property: the emulator agrees on bodies that were spoilt at random, Anthropic', async () => {
  const judge = await startJudge();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('2023-06-01', '2026-10-21'), changes, async (version, given) => {
      const content = body(...spoil(['r-0', 'r-1', 'r-2'].map((id) => JSON.stringify(ask(id))), given, 'params'));
      const { findings } = await lintBytes(content, 'batch.json', { apiVersion: version });
      expectAgreement(content, await judge.anthropic(content, version), findings);
    }),
    { numRuns: 400, seed: 5 },
  );
});
