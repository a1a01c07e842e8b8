import { callJson, unexpected, type Call, type Connection } from './connection.ts';
import { walkPages, pageOf, type Page } from './pages.ts';
import type { Batch, CallOptions } from './provider.ts';

/** Sends a call and maps its answer; an answer that is not what the API documents is an `unexpected_response`. */
export async function callFor<T>(
  connection: Connection,
  call: Call,
  map: (answer: unknown) => T | undefined,
  options: CallOptions | undefined,
): Promise<T> {
  const answer = await callJson(connection, call, options);
  const mapped = map(answer);
  if (mapped !== undefined) return mapped;
  throw unexpected(connection, call, `the answer has not the expected shape: ${JSON.stringify(answer)?.slice(0, 200)}`);
}

/** A list of the API: where it is, and how its entries are read. */
export interface Listing<T> {
  readonly path: string;
  /** Query field that takes the last id seen. */
  readonly cursor: string;
  readonly map: (value: unknown) => T | undefined;
  readonly query?: Readonly<Record<string, string>>;
  /** What is listed, for messages. */
  readonly what: string;
}

/** All entries of a list, page by page, each page one GET. Entries of an unknown shape are left out. */
export async function* listPages<T>(connection: Connection, { path, cursor, map, query, what }: Listing<T>, options: CallOptions | undefined): AsyncGenerator<T[], void, undefined> {
  const fetchPage = (after: string | undefined): Promise<Page> => {
    const whole = { ...query, limit: 100, ...(after !== undefined && { [cursor]: after }) };
    return callFor(connection, { method: 'get', path, query: whole, action: `list the ${what}` }, pageOf, options);
  };
  for await (const items of walkPages(fetchPage)) {
    yield items.map(map).filter((item) => item !== undefined);
  }
}

/** Clocks differ; a batch this much older than asked for may still be ours. */
const clockSkewMs = 5 * 60_000;

/**
 * The batches created after a moment, from pages that come newest first. Reading stops at the first page that holds only older
 * ones, not at the first older batch: not every server sorts to the second. A batch without a time may be any.
 */
export async function batchesSince(pages: AsyncIterable<Batch[]>, createdAfter: number): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const page of pages) {
    const recent = page.filter(({ createdAt }) => createdAt === undefined || createdAt >= createdAfter - clockSkewMs);
    if (recent.length === 0) break;
    found.push(...recent);
  }
  return found;
}
