// One call for the whole job: run() over a CSV, against the emulator. Killed at any point and started again, it goes on.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chat, run } from 'millrace';
import { startEmulator } from 'millrace/emulator';
import { openai } from 'millrace/openai';

const airports = new URL('../node_modules/vega-datasets/data/airports.csv', import.meta.url).pathname;
const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));
const emulator = await startEmulator();

const report = await run({
  source: airports,
  sink: join(directory, 'airports.enriched.csv'),
  directory: join(directory, 'run'),
  provider: openai({ apiKey: 'any', baseURL: emulator.openaiBaseUrl }),
  customId: 'iata',
  request: chat({ model: 'gpt-5-mini', system: 'Answer in one sentence.', prompt: 'What is {{name}} in {{city}} known for?' }),
  pollIntervalMs: 250,
});
await emulator.close();

const [header, first] = (await readFile(join(directory, 'airports.enriched.csv'), 'utf8')).split('\n');
console.log(header);
console.log(first);
console.log(report.records, report.outcomes.succeeded);
