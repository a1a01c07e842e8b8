import type { EstimateOptions } from '../estimate.ts';
import { InputError } from '../errors.ts';
import { recordsFrom } from '../records/records-from.ts';
import type { Rejection, SourceRecord } from '../records/record.ts';
import { EstimateBuilder, type Estimate } from '../report/estimate.ts';
import { addressOf } from '../report/known-prices.ts';
import { warnOutputCost } from '../report/output-cost.ts';
import { openPrices } from '../report/prices.ts';
import { RequestChunks } from '../report/request-chunks.ts';
import { byteCounter, GptTokenizer, type TokenCounter } from '../report/tokenizer.ts';
import { isRejection, requestBuilderFor } from '../requests/request-builder.ts';
import type { BatchRequest } from '../requests/request.ts';
import { IdTable } from '../results/id-table.ts';
import { CountedBytes } from '../shards/counted-bytes.ts';
import { Sharder } from '../shards/sharder.ts';
import { tighten } from './limits.ts';
import { UnsentRequests } from './unsent-requests.ts';
import { wirePrefix } from './wire-ids.ts';

/** What a job would come to before anything is sent. */
export async function estimateJob<T>(options: EstimateOptions<T>): Promise<Estimate> {
  const { provider, prices, tokenizer, at = Date.now(), maxOutputCostUsd, onWarning } = options;
  const find = await openPrices(prices, { ...addressOf(provider), at });
  const request = maxOutputCostUsd === undefined ? options.request : warnOutputCost(options.request, maxOutputCostUsd, find);
  const job = { ...options, request, ...(onWarning ? { onWarning } : {}) };
  const counter = tokenizer === undefined ? byteCounter : new GptTokenizer();
  const ids = new IdTable();
  const unsent = await UnsentRequests.open(job);
  try {
    return await count(job, new EstimateBuilder(find), counter, ids, unsent);
  } finally {
    ids.close();
    unsent.close();
    await counter.close();
  }
}

async function count<T>(options: EstimateOptions<T>, builder: EstimateBuilder, counter: TokenCounter, ids: IdTable, unsent: UnsentRequests): Promise<Estimate> {
  const { source, read, strict = false, signal, provider, limits, tokenizer } = options;
  const toRequest = requestsFor(options, ids);
  let shards = 0;
  let line = '';
  const sharder = new Sharder({
    directory: '.',
    limits: tighten(provider.limits, limits),
    distinctCounts: provider.tagsCustomIds,
    createFile: (path) => new CountedBytes(path),
    formatRequest: (one) => (line = provider.formatRequest(one)),
    onShard: () => (shards += 1),
  });
  const waiting = new RequestChunks(builder, counter);
  let records = 0;
  let rejected = 0;
  const reject = ({ code, message, ...context }: Rejection) => {
    if (strict) throw new InputError(code, message, context);
    rejected += 1;
  };
  // A row that cannot be read is a record, though it never becomes one here.
  const onReject = (rejection: Rejection) => {
    records += 1;
    reject(rejection);
  };
  for await (const record of recordsFrom<T>(source, { ...read, onReject, ...(signal ? { signal } : {}) })) {
    records += 1;
    const made = toRequest(record);
    if (isRejection(made)) {
      reject(made);
      continue;
    }
    if (unsent.has(made)) continue;
    const placed = sharder.add(made);
    if (typeof placed === 'number') await waiting.add(made, line);
    else reject(placed);
    if (typeof placed === 'number') unsent.remember();
  }
  sharder.end();
  await waiting.end();
  return { ...builder.build({ records, rejected, shards, counted: tokenizer !== undefined }), ...unsent.counts };
}

/** Requests as the run would send them: with Anthropic, wire ids carry a tag of eight characters. */
function requestsFor<T>({ provider, request, customId, onWarning }: EstimateOptions<T>, ids: IdTable): (record: SourceRecord<T>) => BatchRequest | Rejection {
  const prefix = wirePrefix({ tag: '00000000', description: {} }, provider);
  const wireId = prefix === undefined ? undefined : ({ index }: { readonly index: number }) => `${prefix}${index}`;
  return requestBuilderFor<T>(
    { body: request, limits: provider.limits, ...(customId === undefined ? {} : { customId }), ...(wireId ? { wireId } : {}), ...(onWarning ? { onWarning } : {}) },
    ids,
  );
}
