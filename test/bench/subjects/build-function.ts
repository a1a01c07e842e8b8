import { pipeline } from 'node:stream/promises';
import { request } from '../request.ts';
import { importLibrary } from './library.ts';

// build-function SOURCE FOLDER: request files from records, the prompt made by a function of the user.

const { chat, openaiLimits, readRecords, shard, toRequests } = await importLibrary();
const [, , source = '', directory = ''] = process.argv;
const { model, system, maxTokens } = request;
await pipeline(
  readRecords(source),
  toRequests({ customId: 'id', body: chat({ model, system, maxTokens, prompt: (record) => `Title: ${String(record['title'])}\n\nReview: ${String(record['text'])}` }) }),
  shard({ directory, limits: openaiLimits }),
  async (shards) => {
    for await (const { path } of shards) process.stderr.write(`${path}\n`);
  },
);
