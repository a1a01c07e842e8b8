import type { Readable } from 'node:stream';
import { checkLimit, type RowParser } from '../records/parse-stage.ts';
import { feedRows, type ReadOptions, type RowDialect, rowDialect } from '../records/read.ts';
import { recordsFrom, type Source } from '../records/records-from.ts';
import type { Header } from '../records/record.ts';
import { UnreadableRows } from '../records/unreadable.ts';
import type { CustomIdSource } from '../requests/custom-id.ts';
import { RowSpooler } from './row-spooler.ts';
import { Spooler, spoolRecords, type Spooled, type SpoolInput } from './spool.ts';
import type { KeepRows } from './stretch-writer.ts';

/** How the rows of a source are remembered as they stand; `undefined` where its records must be remembered as JSON. */
export function keepsRows<T>(source: Source<T>, read: ReadOptions, customId: CustomIdSource<T> | undefined): KeepRows | undefined {
  // What a function of the user's made of a record cannot be told from its row.
  if (typeof customId === 'function' || rowDialect(source, read) === undefined) return undefined;
  return customId === undefined ? {} : { idField: customId };
}

/** Reads a source once: each record is placed or rejected, and remembered either way. Rows of a table of text are taken many at a time. */
export async function spoolSource<T>(source: Source<T>, read: ReadOptions, input: SpoolInput<T>): Promise<Spooled> {
  let header: Header | undefined;
  const onHeader = (found: Header): void => void (header = found);
  const options = { ...read, onHeader, ...(input.signal ? { signal: input.signal } : {}) };
  const dialect = rowDialect(source, read);
  if ((input.threads ?? 1) > 1 && !canThread(input, dialect, read.limit ?? Infinity)) input.onWarning?.(oneThread);
  // Only a path or a stream of bytes has a dialect.
  const spooled = dialect === undefined ? await spoolStream(source, options, input) : await spoolRows(source as string | Readable, options, input, dialect);
  return { ...(header === undefined ? {} : { header }), ...spooled };
}

function spoolStream<T>(source: Source<T>, read: ReadOptions, input: SpoolInput<T>): Promise<Spooled> {
  const unreadable = new UnreadableRows();
  const records = recordsFrom<T>(source, { ...read, ...(input.strict ? {} : { onReject: (row) => unreadable.add(row) }) });
  return spoolRecords<T>(records, unreadable, input);
}

async function spoolRows<T>(source: string | Readable, read: ReadOptions & { readonly onHeader: (header: Header) => void }, input: SpoolInput<T>, dialect: RowDialect): Promise<Spooled> {
  const spooler = new Spooler<T>(input);
  const limit = checkLimit(read.limit ?? Infinity);
  try {
    const makeSink = (file: string): RowSpooler<T> => new RowSpooler<T>({ ...input, file, spooler, dialect, limit, takesBlocks: input.stretches?.keepsRows !== false, onHeader: read.onHeader });
    const makeParser = canThread(input, dialect, limit) ? await threadedParser<T>(input, dialect) : undefined;
    await feedRows(source, read, makeSink, input.ready, makeParser);
    return spooler.end();
  } catch (error) {
    input.stretches?.abort();
    throw error;
  }
}

const oneThread = 'One thread is used: more can make requests only from CSV, TSV or JSONL, of all its records, and only where prompts are templates and the id is a field. Functions cannot be sent to threads.';

/** True where other threads can make the request lines of rows. */
function canThread<T>({ threads = 1, lines, stretches }: SpoolInput<T>, dialect: RowDialect | undefined, limit: number): boolean {
  return threads > 1 && lines !== undefined && dialect !== undefined && dialect.kind !== 'json' && stretches?.keepsRows !== false && limit === Infinity;
}

/** Loaded only where it is used: a worker thread is nothing for most runs. */
async function threadedParser<T>({ threads = 1, lines }: SpoolInput<T>, dialect: RowDialect): Promise<((sink: RowSpooler<T>) => RowParser) | undefined> {
  if (lines === undefined) return undefined;
  const { ThreadedRows } = await import('./threaded-rows.ts');
  return (sink) => new ThreadedRows<T>(sink, dialect, threads, { plan: lines.make.plan, seed: lines.ids.seed });
}
