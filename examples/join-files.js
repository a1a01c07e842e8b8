// Results that another tool downloaded meet the records they came from, by custom_id, and one column is kept.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { join as joinResults, readRecords, select, writeRecords } from 'millrace';

const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));
const reviews = join(directory, 'reviews.csv');
const output = join(directory, 'batch_output.jsonl');
const errors = join(directory, 'batch_errors.jsonl');
await writeFile(reviews, 'id,text\na,"Lovely, really"\nb,Broke at once\nc,Fine\n');
await writeFile(output, [answer('b', 'negative'), answer('a', 'positive')].join(''));
await writeFile(errors, line({ id: 'batch_req_3', custom_id: 'c', response: { status_code: 500, request_id: 'x', body: { error: { message: 'The server had an error.', type: 'server_error' } } }, error: null }));

await pipeline(
  readRecords(reviews),
  joinResults({ results: [output, errors], customId: (review) => review.id }),
  select({ label: (outcome) => outcome.text, status: (outcome) => outcome.status }),
  writeRecords(join(directory, 'reviews.labelled.csv')),
);
console.log(await readFile(join(directory, 'reviews.labelled.csv'), 'utf8'));

/** A line as OpenAI writes it to an output file. */
function answer(customId, content) {
  const body = { id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-5-mini', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] };
  return line({ id: `batch_req_${customId}`, custom_id: customId, response: { status_code: 200, request_id: 'x', body }, error: null });
}

function line(value) {
  return `${JSON.stringify(value)}\n`;
}
