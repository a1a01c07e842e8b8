import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';

// anthropic-sdk-submit FOLDER URL: creates a batch of the requests of each file of a folder, as the documentation of the SDK shows.

const [, , folder = '', baseURL = ''] = process.argv;
const client = new Anthropic({ apiKey: 'any', baseURL, maxRetries: 0 });
for (const name of readdirSync(folder).sort()) {
  // `millrace build` wrote the body of the call.
  const { requests } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Anthropic.Messages.BatchCreateParams;
  await client.messages.batches.create({ requests });
}
