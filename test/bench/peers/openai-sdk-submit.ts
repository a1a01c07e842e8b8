import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';

// openai-sdk-submit FOLDER URL: uploads the request files of a folder and creates a batch of each, as the documentation of the SDK shows.

const [, , folder = '', baseURL = ''] = process.argv;
const client = new OpenAI({ apiKey: 'any', baseURL, maxRetries: 0 });
for (const name of readdirSync(folder).sort()) {
  const { id } = await client.files.create({ file: createReadStream(join(folder, name)), purpose: 'batch' });
  await client.batches.create({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' });
}
