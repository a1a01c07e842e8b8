// The stages composed by hand: a CSV becomes request files for the OpenAI Batch API. Nothing is sent.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { chat, openaiLimits, readRecords, shard, toRequests } from 'millrace';

const airports = new URL('../node_modules/vega-datasets/data/airports.csv', import.meta.url).pathname;
const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));

await pipeline(
  readRecords(airports),
  toRequests({
    customId: (airport) => airport.iata,
    body: chat({ model: 'gpt-5-mini', prompt: (airport) => `What is ${airport.name} in ${airport.city} known for?` }),
  }),
  shard({ directory, limits: { ...openaiLimits, maxRequests: 1000 } }),
  async (shards) => {
    for await (const { path, requestCount, bytes } of shards) console.log(path, requestCount, 'requests', bytes, 'bytes');
  },
);
