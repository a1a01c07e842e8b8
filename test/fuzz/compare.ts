import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buildFiles } from '../../src/build-files.ts';
import { openaiLimits } from '../../src/providers/openai/limits.ts';
import type { Format } from '../../src/records/format.ts';
import type { RowParser, RowSink } from '../../src/records/parse-stage.ts';
import { readRecords } from '../../src/records/read.ts';
import type { Rejection } from '../../src/records/record.ts';
import { chat } from '../../src/requests/bodies.ts';
import { toRequests } from '../../src/requests/to-requests.ts';
import { shard } from '../../src/shards/shard.ts';

/** All that a parser tells of some chunks, in order, as one text. */
export function told(makeParser: (sink: RowSink) => RowParser, chunks: readonly Buffer[]): string {
  const lines: unknown[] = [];
  const sink: RowSink = {
    file: 'f',
    full: false,
    begin: (header) => lines.push(header),
    add: (value, line) => lines.push([Object.entries(value as object), line]),
    reject: (fault) => lines.push(['rejected', fault]),
  };
  try {
    const parser = makeParser(sink);
    for (const chunk of chunks) parser.push(chunk);
    parser.end();
  } catch (error) {
    lines.push(String(error));
  }
  return JSON.stringify(lines);
}

const request = chat({ model: 'gpt-4o-mini', prompt: 'Say {{text}} of {{id}}', system: 'é "{{id}}"' });
const limits = { ...openaiLimits, maxRequests: 700 };

type Reject = (rejection: Rejection) => void;

async function outcome(build: (directory: string, onReject: Reject) => Promise<unknown>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  const rejections: Rejection[] = [];
  try {
    const failure = await build(directory, (rejection) => rejections.push(rejection)).then(() => undefined, String);
    // A pipeline that fails has read on by then, as far as its buffers go.
    if (failure !== undefined) return failure;
    const files = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]);
    const rejected = rejections.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ code, message, index, line }) => [code, message, index, line]);
    return JSON.stringify([files, rejected]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const bytesOf = (chunks: readonly Buffer[]): Readable => Readable.from(chunks, { objectMode: false });

/** The request files that the stages make of a source. */
export function staged(format: Format, chunks: readonly Buffer[], path: string): Promise<string> {
  return outcome(async (directory, onReject) => {
    const records = readRecords(bytesOf(chunks), { format, fileName: 'f', path, onReject });
    await pipeline(records, toRequests({ body: request, customId: 'id', limits, onReject }), shard({ directory, limits, onReject }), async (shards) => {
      for await (const _written of shards) continue;
    });
  });
}

/** Those that `buildFiles` makes. */
export function fused(format: Format, chunks: readonly Buffer[], path: string): Promise<string> {
  return outcome((directory, onReject) => buildFiles({ source: bytesOf(chunks), read: { format, fileName: 'f', path }, request, customId: 'id', limits, directory, onReject }));
}
