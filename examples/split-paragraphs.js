// A stage of your own: every page becomes one record for each paragraph, between reading and asking.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messages, anthropicLimits, readRecords, shard, toRequests, transform } from 'millrace';

const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));
const pages = join(directory, 'pages.jsonl');
await writeFile(pages, `${JSON.stringify({ title: 'Mills', text: 'A mill grinds.\n\nA millrace leads the water.' })}\n${JSON.stringify({ title: 'Rivers', text: 'They flow.' })}\n`);

const splitParagraphs = transform(function* (page) {
  for (const text of page.text.split('\n\n')) yield { ...page, text };
});

await pipeline(
  readRecords(pages),
  splitParagraphs,
  toRequests({ body: messages({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: 'Summarize this paragraph of {{title}}: {{text}}' }) }),
  shard({ directory, limits: anthropicLimits }),
  async (shards) => {
    for await (const { path, requestCount } of shards) {
      console.log(requestCount, 'requests');
      console.log(await readFile(path, 'utf8'));
    }
  },
);
