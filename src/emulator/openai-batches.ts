import type { EmulatorContext } from './context.ts';
import type { Engine } from './engine.ts';
import { ApiFailure } from './failure.ts';
import { limitOf, readJsonObject, sendJson, type Exchange, type Route } from './http.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { nominalMs } from './lifecycle.ts';
import { batchBody, statusOf } from './openai-batch-body.ts';
import type { OpenAIWorker } from './openai-worker.ts';
import { lifetimeOf } from './openai-lifetime.ts';
import { listBody, pageOf } from './pages.ts';
import { hexId } from './random.ts';
import type { StoredBatch } from './stored.ts';

const ENDPOINTS = [
  '/v1/responses', '/v1/chat/completions', '/v1/embeddings', '/v1/completions', '/v1/moderations', '/v1/images/generations',
  '/v1/images/edits', '/v1/videos',
];
const MAX_METADATA = { pairs: 16, key: 64, value: 512 };

interface Asked {
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly outputSeconds: number;
}

function refuse(message: string, param: string, code?: string): ApiFailure {
  return new ApiFailure(400, message, { param, ...(code === undefined ? {} : { code }) });
}

function textOf(body: JsonObject, param: string): string {
  const value = body[param];
  if (typeof value === 'string' && value !== '') return value;
  if (value === undefined || value === null) throw refuse(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  throw refuse(`Invalid type for '${param}': expected a string.`, param, 'invalid_type');
}

function checkedPair(key: string, value: Json | undefined): readonly [string, string] {
  const param = `metadata.${key}`;
  if (typeof value !== 'string') throw refuse(`Invalid type for '${param}': expected a string, but got ${typeof value} instead.`, param, 'invalid_type');
  if (key.length > MAX_METADATA.key) throw refuse(`Invalid 'metadata': key '${key}' is longer than ${MAX_METADATA.key} characters.`, 'metadata', 'string_above_max_length');
  if (value.length > MAX_METADATA.value) throw refuse(`Invalid '${param}': longer than ${MAX_METADATA.value} characters.`, param, 'string_above_max_length');
  return [key, value];
}

function metadataOf(metadata: Json | undefined): Readonly<Record<string, string>> | null {
  if (metadata === undefined || metadata === null) return null;
  if (!isObject(metadata)) throw refuse("Invalid type for 'metadata': expected an object.", 'metadata', 'invalid_type');
  const keys = Object.keys(metadata);
  if (keys.length > MAX_METADATA.pairs) throw refuse(`Invalid 'metadata': more than ${MAX_METADATA.pairs} pairs.`, 'metadata', 'object_above_max_properties');
  return Object.fromEntries(keys.map((key) => checkedPair(key, metadata[key])));
}

/** What create looks at: never into the file, not even whether it is there (openai-batch reference, 7.1). */
function askedOf(body: JsonObject): Asked {
  const inputFileId = textOf(body, 'input_file_id');
  const endpoint = textOf(body, 'endpoint');
  if (!ENDPOINTS.includes(endpoint)) {
    throw refuse(`Invalid value: '${endpoint}'. Supported values are: ${ENDPOINTS.map((known) => `'${known}'`).join(', ')}.`, 'endpoint', 'invalid_value');
  }
  const completionWindow = textOf(body, 'completion_window');
  if (completionWindow !== '24h') throw refuse(`Invalid value: '${completionWindow}'. Value must be '24h'.`, 'completion_window', 'invalid_value');
  const outputSeconds = lifetimeOf(body['output_expires_after'], 'output_expires_after');
  return { endpoint, inputFileId, metadata: metadataOf(body['metadata']), outputSeconds };
}

/** `/v1/batches`. */
export function batchRoutes(context: EmulatorContext, engine: Engine, worker: OpenAIWorker): Route[] {
  const { store, settings, faults } = context;
  const { batches } = store;

  function owned({ id, account }: Exchange): StoredBatch {
    const batch = batches.get(id, account);
    if (batch === undefined) throw new ApiFailure(404, `No batch found with id '${id}'.`);
    return batch;
  }

  function show({ response }: Exchange, batch: StoredBatch): void {
    sendJson(response, batchBody(batch, settings, settings.now()));
  }

  async function create(exchange: Exchange): Promise<void> {
    const asked = askedOf(await readJsonObject(exchange.request));
    const sequence = store.nextSequence();
    const createdAt = settings.now();
    const stamp = Math.floor(createdAt / 1000).toString(16).padStart(8, '0');
    const id = `batch_${stamp}${hexId(24, settings.seed, 'batch', createdAt, sequence)}`;
    const stages = { validatingMs: nominalMs.validating, finalizingMs: nominalMs.finalizing };
    const workMs = settings.workMs({ provider: 'openai', id, sequence });
    const batch = faults.course.planned('openai', { id, account: exchange.account, sequence, createdAt, workMs, ...stages, ...asked });
    await batches.save(batch);
    engine.wake(worker, id);
    show(exchange, batch);
  }

  async function retrieve(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    show(exchange, owned(exchange));
  }

  async function list({ url, account, response }: Exchange): Promise<void> {
    const query = { limit: limitOf(url, 20, 100), after: url.searchParams.get('after') ?? undefined };
    const { items, hasMore } = pageOf(batches.newestFirst(account), query);
    await engine.refresh(worker, items.map(({ id }) => id));
    const data = items.map((batch) => batchBody(batches.get(batch.id) ?? batch, settings, settings.now()));
    sendJson(response, { object: 'list', ...listBody(data, hasMore) });
  }

  async function cancel(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    const batch = owned(exchange);
    const status = statusOf(batch, settings.speed, settings.now());
    if (status === 'validating' || status === 'in_progress') {
      await batches.save({ ...batch, cancelRequestedAt: settings.now() });
      engine.wake(worker, batch.id);
    } else if (status !== 'cancelling' && status !== 'cancelled') {
      throw new ApiFailure(409, `Cannot cancel a batch with status '${status}'.`);
    }
    show(exchange, owned(exchange));
  }

  return [
    { name: 'openai.batches.create', method: 'POST', path: '/v1/batches', handle: create },
    { name: 'openai.batches.list', method: 'GET', path: '/v1/batches', handle: list },
    { name: 'openai.batches.retrieve', method: 'GET', path: '/v1/batches/:id', handle: retrieve },
    { name: 'openai.batches.cancel', method: 'POST', path: '/v1/batches/:id/cancel', handle: cancel },
  ];
}
