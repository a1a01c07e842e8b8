// Pays once for what is asked twice: inside a run, and from one run to the next.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chat, run } from 'millrace';
import { startEmulator } from 'millrace/emulator';
import { openai } from 'millrace/openai';

const emulator = await startEmulator();
const folder = mkdtempSync(join(tmpdir(), 'reuse-'));
const provider = openai({ apiKey: 'any', baseURL: emulator.openaiBaseUrl });
const request = chat({ model: 'gpt-5-mini', prompt: 'Classify: {{text}}' });

const october = ['Lovely, really', 'Broke at once', 'Fine', 'Fine'];
const november = ['Broke at once', 'Fine', 'Lovely, really', 'Lovely', 'Arrived late'];

const first = await run({ source: october.map((text) => ({ text })), directory: join(folder, 'october'), provider, request, dedupe: true, pollIntervalMs: 250 });
const second = await run({ source: november.map((text) => ({ text })), directory: join(folder, 'november'), provider, request, reuse: folder, pollIntervalMs: 250 });
for (const [month, { origins }] of Object.entries({ october: first, november: second })) {
  console.log(`${month}: ${origins?.fresh} fresh, ${origins?.reused} reused, ${origins?.deduplicated} deduplicated`);
}
await emulator.close();
