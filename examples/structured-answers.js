// A zod schema says what answers must look like: it goes into the requests, each answer is held to it, and its fields become columns.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chat, openRun, run } from 'millrace';
import { startEmulator } from 'millrace/emulator';
import { openai } from 'millrace/openai';
import { z } from 'zod';

const Verdict = z.object({
  label: z.enum(['good', 'bad']),
  stars: z.literal([1, 2, 3, 4, 5]).describe('As the reviewer would give.'),
  quotes: z.array(z.string()),
});

const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));
await writeFile(join(directory, 'reviews.csv'), 'id,text\na,"Lovely, really"\nb,Broke at once\nc,Fine\n');
// The second answer does not fit, until it is asked for again.
const emulator = await startEmulator({ faults: ['row=2 attempts=1 invalid'] });
const provider = openai({ apiKey: 'any', baseURL: emulator.openaiBaseUrl });

const report = await run({
  source: join(directory, 'reviews.csv'),
  sink: join(directory, 'verdicts.csv'),
  directory: join(directory, 'run'),
  provider,
  customId: 'id',
  request: chat({ model: 'gpt-5-mini', prompt: 'Judge this review: {{text}}', schema: Verdict }),
  check: (outcome) => (outcome.json?.quotes.length ?? 0) < 20 || 'Give fewer quotes.',
  repair: true,
  pollIntervalMs: 250,
});
await emulator.close();

const [header] = (await readFile(join(directory, 'verdicts.csv'), 'utf8')).split('\n');
console.log(header);
const job = await openRun(join(directory, 'run'), { provider, schema: Verdict });
for await (const { record, outcome } of job.records()) console.log(record.value.id, outcome.json?.label, outcome.json?.stars);
console.log(report.outcomes.succeeded, report.attempts);
