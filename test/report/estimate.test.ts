import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { estimate } from '../../src/estimate.ts';
import { chat, embeddings, messages } from '../../src/requests/bodies.ts';
import { describeEstimate } from '../../src/report/describe-estimate.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

const at = Date.UTC(2026, 10, 22);
const texts = (count: number, text = 'a'.repeat(396)) => Array.from({ length: count }, (_, index) => ({ id: `r${index}`, text }));
const provider = openai({ apiKey: 'none' });

it('adds up requests, tokens and dollars, worked out by hand', async () => {
  const found = await estimate({ source: texts(1000), provider, at, customId: 'id', request: chat({ model: 'gpt-4o-mini', prompt: '{{text}}', maxTokens: 100 }) });
  // 396 bytes and the 4 of `user`; a message adds 4 tokens to the estimate.
  expect(found).toMatchObject({
    records: 1000, requests: 1000, rejected: 0, shards: 1, unpriced: 0,
    inputTokens: { low: 80_000, typical: 104_000, high: 164_000 },
    outputTokens: { low: 0, typical: 100_000, high: 100_000 },
  });
  const usd = (input: number, output: number) => (input * 0.15 + output * 0.6) / 1_000_000;
  expect(found.regularUsd?.low).toBeCloseTo(usd(80_000, 0), 10);
  expect(found.regularUsd?.typical).toBeCloseTo(usd(104_000, 100_000), 10);
  expect(found.batchUsd?.high).toBeCloseTo(usd(164_000, 100_000) / 2, 10);
  expect(found.savingUsd?.typical).toBeCloseTo(usd(104_000, 100_000) / 2, 10);
  // Every byte of the line a token, and 16 more for each of 5 messages.
  const line = Buffer.byteLength(provider.formatRequest({ index: 0, customId: 'r100', endpoint: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'a'.repeat(396) }], max_tokens: 100 } }));
  expect(found.budgetUsd).toBeGreaterThan(found.batchUsd?.high ?? Infinity);
  expect(found.budgetUsd).toBeCloseTo(usd(1000 * (line + 80) - 10 * 2 - 90, 100_000) / 2, 10);
});

it('keeps models apart, and an unknown price unknown', async () => {
  const source = [...texts(30), ...texts(20).map((record, index) => ({ ...record, id: `s${index}`, model: 'nobody-knows' }))];
  const found = await estimate<{ id: string; text: string; model?: string }>({ source, provider, at, customId: 'id', request: chat({ model: (record) => record.model ?? 'gpt-5-mini', prompt: '{{text}}' }) });
  expect(found).toMatchObject({ requests: 50, shards: 2, unpriced: 20, budgetUsd: null, outputTokens: { high: null } });
  expect(found.models.map(({ model, requests, batchUsd }) => [model, requests, batchUsd === null])).toEqual([['gpt-5-mini', 30, false], ['nobody-knows', 20, true]]);
  expect(found.batchUsd).toEqual(found.models[0]?.batchUsd);
  // Without a limit, the window of the model.
  expect(found.models[0]?.outputTokens).toEqual({ low: 0, typical: 30 * 250, high: 30 * 400_000 });
  expect(found.assumptions.join('\n')).toMatch(/50 requests have no output limit.*\n.*No price is known for nobody-knows/);
  expect(describeEstimate(found)).toMatch(/price unknown +20 requests[^]*- No price is known/);
});

it('takes cached prompts as written to the cache at worst, and files as unbounded', async () => {
  const cached = (ttl: string) => messages({ model: 'claude-haiku-4-5', maxTokens: 1, system: [{ type: 'text', text: 'a'.repeat(2500), cache_control: { type: 'ephemeral', ttl } }], prompt: 'x' });
  const [minutes, hour] = await Promise.all(['5m', '1h'].map((ttl) => estimate({ source: [{}], provider: anthropic({ apiKey: 'none' }), at, request: cached(ttl) })));
  const tokens = Math.ceil(4 + 2501 / 2.5);
  expect(minutes?.batchUsd?.high).toBeCloseTo((tokens * 1.25 + 5) / 2e6, 12);
  expect(hour?.batchUsd?.high).toBeCloseTo((tokens * 2 + 5) / 2e6, 12);
  const file = await estimate({ source: [{}], provider: anthropic({ apiKey: 'none' }), at, request: messages({ model: 'claude-haiku-4-5', maxTokens: 1, messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }] }] }) });
  expect(file).toMatchObject({ inputTokens: { high: null }, batchUsd: { high: null }, budgetUsd: null });
});

it('counts records that cannot be sent, as the run would', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'millrace-estimate-')), 'in.csv');
  writeFileSync(path, 'id,text\na,one\na,two\nb,"three\n');
  expect(await estimate({ source: path, provider, at, customId: 'id', request: embeddings({ model: 'text-embedding-3-small', input: '{{text}}' }) })).toMatchObject({ records: 3, requests: 1, rejected: 2, outputTokens: { high: 0 } });
  await expect(estimate({ source: path, provider, at, customId: 'id', strict: true, request: embeddings({ model: 'text-embedding-3-small', input: '{{text}}' }) })).rejects.toMatchObject({ code: 'duplicate_custom_id' });
});

it('warns once of answers that may cost too much', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: string) => warnings.push(warning);
  const common = { source: texts(5), provider, at, onWarning };
  await estimate({ ...common, maxOutputCostUsd: 0.001, request: chat({ model: 'gpt-4o-mini', prompt: '{{text}}', maxTokens: 5000 }) });
  // 5,000 tokens at $0.30 a million are $0.0015; $0.001 buys 3,333.
  expect(warnings).toEqual(['An answer of gpt-4o-mini may cost $0.00150, more than $0.001: the output limit is 5,000 tokens. --max-tokens 3333 would keep it below.']);
  await estimate({ ...common, maxOutputCostUsd: 0.002, request: chat({ model: 'gpt-4o-mini', prompt: '{{text}}', maxTokens: 5000 }) });
  expect(warnings).toHaveLength(1);
  await estimate({ ...common, maxOutputCostUsd: 1, request: chat({ model: 'who', prompt: '{{text}}' }) });
  expect(warnings.slice(1).join('\n')).toMatch(/"who" may cost is not known[^]*"who" is not in the model list|"who" is not in the model list[^]*"who" may cost is not known/);
});
