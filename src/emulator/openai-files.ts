import { rename, rm } from 'node:fs/promises';
import type { EmulatorContext } from './context.ts';
import { ApiFailure } from './failure.ts';
import { limitOf, sendJson, type Exchange, type Route } from './http.ts';
import type { Json, JsonObject } from './json.ts';
import { lifetimeOf } from './openai-lifetime.ts';
import { checkBatchFile, checkFileSize, receiveUpload, type Upload } from './openai-upload.ts';
import { listBody, pageOf } from './pages.ts';
import { alphanumericId } from './random.ts';
import { sendFile } from './send-file.ts';
import type { StoredFile } from './stored.ts';

const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'];
const MAX_PAGE = 10_000;

function fileBody({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile): JsonObject {
  const expires = expiresAt === undefined ? null : Math.floor(expiresAt / 1000);
  const times = { created_at: Math.floor(createdAt / 1000), expires_at: expires };
  return { id, object: 'file', bytes, ...times, filename, purpose, status: 'processed', status_details: null };
}

function purposeOf(fields: ReadonlyMap<string, string>): string {
  const purpose = fields.get('purpose');
  if (purpose === undefined) throw new ApiFailure(400, "Missing required parameter: 'purpose'.", { param: 'purpose', code: 'missing_required_parameter' });
  if (PURPOSES.includes(purpose)) return purpose;
  const known = PURPOSES.map((word) => `'${word}'`).join(', ');
  throw new ApiFailure(400, `'${purpose}' is not one of [${known}] - 'purpose'`, { param: 'purpose', code: 'invalid_value' });
}

/** Seconds the file lives: batch files a month, others for ever, unless the form says otherwise. */
function secondsOf(fields: ReadonlyMap<string, string>, purpose: string): number | undefined {
  const anchor: Json = fields.get('expires_after[anchor]') ?? null;
  const seconds = fields.get('expires_after[seconds]');
  if (anchor === null && seconds === undefined) return purpose === 'batch' ? lifetimeOf(null, 'expires_after') : undefined;
  return lifetimeOf({ anchor, seconds: seconds === undefined ? null : Number(seconds) }, 'expires_after');
}

/** `/v1/files`. */
export function fileRoutes({ store, settings }: EmulatorContext): Route[] {
  const { files } = store;

  function isAlive({ expiresAt }: StoredFile): boolean {
    return expiresAt === undefined || settings.now() < expiresAt;
  }

  function owned({ id, account }: Exchange): StoredFile {
    const file = files.get(id, account);
    if (file === undefined || !isAlive(file)) throw new ApiFailure(404, `No such File object: ${id}`, { param: 'id' });
    return file;
  }

  async function accept({ account }: Exchange, { fields, file }: Upload, path: string): Promise<StoredFile> {
    const purpose = purposeOf(fields);
    const seconds = secondsOf(fields, purpose);
    if (file === undefined) throw new ApiFailure(400, "Missing required parameter: 'file'.", { param: 'file', code: 'missing_required_parameter' });
    if (purpose === 'batch') await checkBatchFile(path, file);
    checkFileSize(file.bytes);
    const sequence = store.nextSequence();
    const createdAt = settings.now();
    const id = `file-${alphanumericId(22, settings.seed, 'file', createdAt, sequence)}`;
    await rename(path, files.dataPath(id, 'data'));
    const expires = seconds === undefined ? {} : { expiresAt: createdAt + seconds * 1000 };
    const stored = { id, account, sequence, createdAt, bytes: file.bytes, filename: file.name, purpose, ...expires };
    await files.save(stored);
    return stored;
  }

  async function create(exchange: Exchange): Promise<void> {
    const path = store.scratchPath();
    try {
      const upload = await receiveUpload(exchange.request, path);
      sendJson(exchange.response, fileBody(await accept(exchange, upload, path)));
    } finally {
      await rm(path, { force: true });
    }
  }

  function list({ url, account, response }: Exchange): void {
    const purpose = url.searchParams.get('purpose');
    const own = files.newestFirst(account).filter((file) => isAlive(file) && (purpose === null || file.purpose === purpose));
    const ordered = url.searchParams.get('order') === 'asc' ? own.toReversed() : own;
    const query = { limit: limitOf(url, MAX_PAGE, MAX_PAGE), after: url.searchParams.get('after') ?? undefined };
    const { items, hasMore } = pageOf(ordered, query);
    sendJson(response, { object: 'list', ...listBody(items.map(fileBody), hasMore) });
  }

  async function content(exchange: Exchange): Promise<void> {
    const { id, bytes } = owned(exchange);
    const { request, response } = exchange;
    // Files never change: id and size are a strong validator.
    const etag = `"${id}-${bytes}"`;
    await sendFile(request, response, { path: files.dataPath(id, 'data'), contentType: 'application/octet-stream', etag, ranges: settings.ranges });
  }

  async function remove(exchange: Exchange): Promise<void> {
    const { id } = owned(exchange);
    await files.remove(id, ['data']);
    sendJson(exchange.response, { id, object: 'file', deleted: true });
  }

  return [
    { name: 'openai.files.create', method: 'POST', path: '/v1/files', handle: create },
    { name: 'openai.files.list', method: 'GET', path: '/v1/files', handle: list },
    { name: 'openai.files.retrieve', method: 'GET', path: '/v1/files/:id', handle: (exchange) => sendJson(exchange.response, fileBody(owned(exchange))) },
    { name: 'openai.files.content', method: 'GET', path: '/v1/files/:id/content', handle: content },
    { name: 'openai.files.delete', method: 'DELETE', path: '/v1/files/:id', handle: remove },
  ];
}
