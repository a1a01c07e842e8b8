import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { chat, messages, openRun, run } from '../../src/index.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
const temporary = () => mkdtempSync(join(tmpdir(), 'millrace-run-'));
const airports = 'node_modules/vega-datasets/data/airports.csv';

test('airports through OpenAI', async () => {
  const directory = temporary();
  const report = await run({
    source: airports,
    sink: join(directory, 'out.csv'),
    directory: join(directory, 'run'),
    provider: openai({ apiKey: 'k', baseURL: emulator.openaiBaseUrl }),
    customId: 'iata',
    limits: { maxRequests: 1000 },
    request: chat({ model: 'gpt-5-mini', prompt: 'Where is {{name}}?' }),
    pollIntervalMs: 200,
  });
  console.log(report, readFileSync(join(directory, 'out.csv'), 'utf8').slice(0, 600));
});
