import type { Rejection, SourceRecord } from '../records/record.ts';
import { type PrintOptions, requestBuilderFor, requestPrinterFor } from '../requests/request-builder.ts';
import { compiledOf } from '../requests/request.ts';
import { RowLines } from '../requests/row-lines.ts';
import type { UniqueIds } from '../requests/unique-ids.ts';
import type { RequestFrame, ShardLimits } from './limits.ts';
import type { RequestSink } from './sharder.ts';

/** Where a record went. */
export interface Place {
  readonly customId: string;
  readonly shard: number;
}

/** How records are placed. */
export interface Placing<T> {
  /** Puts a record into a shard, or says why it cannot. */
  readonly place: (record: SourceRecord<T>) => Place | Rejection;
  /** A quicker way for rows of a source, which need not become records. */
  readonly lines?: { readonly make: RowLines<T>; readonly sharder: RequestSink; readonly ids: UniqueIds };
}

export interface PlaceOptions<T> extends PrintOptions<T> {
  readonly limits: ShardLimits;
  /** Makes the request line of a request. */
  readonly formatRequest: ShardLimits['formatRequest'];
  readonly ids: UniqueIds;
  readonly sharder: RequestSink;
  /** Closes the shards after this many requests, so that these can be sent ahead of the others. */
  readonly canary?: number;
}

/** Makes requests of records and puts them into shards, in the quickest way that builder and provider allow; all ways give the same bytes. */
export function placeRequests<T>(options: PlaceOptions<T>): Placing<T> {
  const { ids, sharder, canary } = options;
  const frame = frameOf<T>(options);
  const place = (frame && printing<T>(options, ids, frame, sharder)) ?? formatting<T>(options, ids, sharder);
  const make = frame && canary === undefined ? linesOf<T>(options, frame) : undefined;
  return { place: canary === undefined ? place : endingAt(canary, place, sharder), ...(make && { lines: { make, sharder, ids } }) };
}

/** What is around every request in its line, if `limits` say so, and it is true: somebody may have put a `formatRequest` of his own in place of theirs. */
function frameOf<T>({ limits, formatRequest, body: { endpoint } }: PlaceOptions<T>): RequestFrame | undefined {
  const frame = limits.frameRequest?.(endpoint);
  if (frame === undefined) return undefined;
  const line = formatRequest({ index: 0, customId: 'a', endpoint, body: { model: 'b' } });
  return line === `${frame.open}"a"${frame.between}{"model":"b"}${frame.close}` ? frame : undefined;
}

/** Makes request lines at once, where builder and provider say ahead what is the same in all of them. */
function printing<T>(options: PrintOptions<T>, ids: UniqueIds, frame: RequestFrame, sharder: RequestSink): Placing<T>['place'] | undefined {
  const print = requestPrinterFor<T>(options, ids, frame);
  return print && ((record) => placeOf(print(record), (printed) => sharder.addPrinted(printed)));
}

/** Makes requests, which the provider makes into lines. */
function formatting<T>({ wirePrefix, ...options }: PrintOptions<T>, ids: UniqueIds, sharder: RequestSink): Placing<T>['place'] {
  const build = requestBuilderFor<T>({ ...options, ...(wirePrefix === undefined ? {} : { wireId: ({ index }) => `${wirePrefix}${index}` }) }, ids);
  return (record) => placeOf(build(record), (request) => sharder.add(request));
}

function placeOf<Made extends { readonly customId: string; readonly code?: never }>(made: Made | Rejection, add: (made: Made) => number | Rejection): Place | Rejection {
  if (made.code !== undefined) return made;
  const shard = add(made);
  return typeof shard === 'number' ? { customId: made.customId, shard } : shard;
}

/** Makes lines straight from rows, where nothing of the user's own has to see a record. */
function linesOf<T>({ body: builder, limits, ids, customId, wirePrefix, onWarning }: PlaceOptions<T>, frame: RequestFrame): RowLines<T> | undefined {
  const compiled = compiledOf(builder);
  if (compiled?.pieces === undefined || typeof customId === 'function') return undefined;
  const { texts, fields } = compiled.pieces;
  return new RowLines<T>({
    builder,
    compiled: { model: compiled.model, input: compiled.input, pieces: { texts, fields: fields.map(({ text }) => text) }, room: compiled.room },
    frame,
    limits,
    ids,
    ...(customId === undefined ? {} : { idField: customId }),
    ...(wirePrefix === undefined ? {} : { wirePrefix }),
    ...(onWarning ? { onWarning } : {}),
  });
}

/** The shards so far hold the canaries: they are sent ahead of the others. */
function endingAt<T>(canary: number, place: Placing<T>['place'], sharder: RequestSink): Placing<T>['place'] {
  let requests = 0;
  return (record) => {
    const placed = place(record);
    if ('code' in placed) return placed;
    requests += 1;
    if (requests === canary) sharder.end();
    return placed;
  };
}
