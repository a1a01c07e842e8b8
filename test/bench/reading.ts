import { createReadStream, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';

/** What the readers take from a result. */
export interface Seen {
  readonly id: string;
  readonly text: string | undefined;
  readonly outputTokens: number | undefined;
}

/**
 * Reads files of results (OUTPUT|- FILE... on the command line) one after the other, and prints how long that took. Each result is looked at alike, so
 * that no reader can leave out the work. @param see takes from a result what all readers take
 */
export async function readAll<Result>(read: (path: string) => AsyncIterable<Result> | Promise<AsyncIterable<Result>>, see: (result: Result) => Seen): Promise<void> {
  const [, , output = '-', ...files] = process.argv;
  const kept: string[] = [];
  let [results, characters, tokens] = [0, 0, 0];
  const start = performance.now();
  for (const path of files) {
    for await (const result of await read(path)) {
      const seen = see(result);
      results += 1;
      characters += seen.text?.length ?? 0;
      tokens += seen.outputTokens ?? 0;
      if (output !== '-') kept.push(`${JSON.stringify(seen)}\n`);
    }
  }
  const seconds = (performance.now() - start) / 1000;
  if (output !== '-') writeFileSync(output, kept.join(''));
  process.stdout.write(`${JSON.stringify({ seconds, results, characters, tokens })}\n`);
}

/** A `fetch` for an SDK: the batch that is asked for has ended, and its results are the bytes of a file. */
export function fetchFrom(path: string): typeof fetch {
  const batch = {
    id: 'msgbatch_1',
    type: 'message_batch',
    processing_status: 'ended',
    request_counts: { processing: 0, succeeded: 1, errored: 0, canceled: 0, expired: 0 },
    created_at: '2026-01-01T00:00:00Z',
    expires_at: '2026-01-02T00:00:00Z',
    ended_at: '2026-01-01T01:00:00Z',
    archived_at: null,
    cancel_initiated_at: null,
    results_url: 'https://api.anthropic.com/v1/messages/batches/msgbatch_1/results',
  };
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.endsWith('/results')) return Response.json(batch);
    // Node's web stream is the one of its `fetch`; the two declarations differ.
    return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>, { headers: { 'content-type': 'application/x-jsonl' } });
  };
}
