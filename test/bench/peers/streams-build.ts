import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from '../request.ts';
import { mapping, recordStream, type StreamRecord } from './streams.ts';

// streams-build csv|jsonl|json SOURCE FOLDER: request files from records, as a careful program of Node does it: object streams and JSON.stringify.

const [, , format = '', source = '', folder = ''] = process.argv;
const shardRequests = 50_000;

function requestOf({ id, title, text }: StreamRecord): object {
  const messages = [
    { role: 'system', content: request.system },
    { role: 'user', content: `Title: ${String(title)}\n\nReview: ${String(text)}` },
  ];
  return { custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: request.model, messages, max_tokens: request.maxTokens } };
}

let requests = 0;
let file: WriteStream | undefined;

async function write(line: string): Promise<void> {
  if (requests % shardRequests === 0) {
    file?.end();
    file = createWriteStream(join(folder, `requests-${String(requests / shardRequests + 1).padStart(4, '0')}.jsonl`));
  }
  requests += 1;
  if (file?.write(line) === false) await once(file, 'drain');
}

const shards = new Writable({
  objectMode: true,
  write: (line: string, _encoding, done) => void write(line).then(() => done(), done),
  final: (done) => (file === undefined ? done() : file.end(done)),
});
await pipeline(recordStream(format, source), mapping(requestOf), mapping((line: object) => `${JSON.stringify(line)}\n`), shards);
