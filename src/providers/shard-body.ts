import { open } from 'node:fs/promises';
import { InputError, systemCodeOf } from '../errors.ts';
import type { ShardUpload } from './provider.ts';

const chunkBytes = 256 * 1024;

/** A request body that streams from disk: its exact length, its type, and the chunks. */
export interface StreamedBody {
  readonly headers: Record<string, string>;
  readonly chunks: (touch: () => void) => AsyncGenerator<Uint8Array, void, undefined>;
}

/** The shard file as it is: the exact JSON body of Anthropic's create call. */
export function jsonBody(shard: ShardUpload): StreamedBody {
  return {
    headers: { 'content-type': 'application/json', 'content-length': String(shard.bytes) },
    chunks: (touch) => shardChunks(shard, touch),
  };
}

/**
 * The shard file as the `file` part of a form, the other fields before it. Its length is known ahead, so it goes out with a
 * real `Content-Length`: some servers refuse chunked uploads, and only so is a cut upload seen as one.
 */
export function formBody(shard: ShardUpload, fields: Readonly<Record<string, string>>, boundary: string): StreamedBody {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const disposition = `form-data; name="file"; filename="${quoted(shard.name)}"`;
  const head = Buffer.from(
    `${parts.join('')}--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/jsonl\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + shard.bytes + tail.length),
    },
    async *chunks(touch) {
      yield head;
      yield* shardChunks(shard, touch);
      yield tail;
    },
  };
}

/** As HTML forms escape file names. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

async function* shardChunks({ path, bytes }: ShardUpload, touch: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path).catch((cause: unknown) => {
    const reason = systemCodeOf(cause) ?? 'unknown error';
    throw new InputError('file_not_found', `The shard file ${path} cannot be read (${reason}).`, { file: path, cause });
  });
  try {
    const { size } = await file.stat();
    if (size !== bytes) throw changed(path, bytes, size);
    let sent = 0;
    while (sent < bytes) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, Math.min(chunkBytes, bytes - sent), sent);
      if (bytesRead === 0) throw changed(path, bytes, sent);
      sent += bytesRead;
      touch();
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function changed(path: string, expected: number, found: number): InputError {
  const message = `The shard file ${path} holds ${found} bytes, but ${expected} were written: it was changed since. Build the shards again.`;
  return new InputError('file_not_found', message, { file: path });
}
