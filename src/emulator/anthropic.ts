import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { messageBatchRoutes } from './anthropic-batches.ts';
import type { AnthropicWorker } from './anthropic-worker.ts';
import type { EmulatorContext } from './context.ts';
import type { Engine } from './engine.ts';
import { anthropicErrorBody, ApiFailure } from './failure.ts';
import type { Api } from './http.ts';
import { alphanumericId } from './random.ts';
import { synchronousRoutes } from './synchronous.ts';

/** Any key will do but this one, so that a refusal can be tested. */
const REFUSED_KEY = 'invalid';

/** Older SDKs send `x-api-key`, newer ones a Bearer token (anthropic-batches reference, 1.1). */
function authenticate({ headers }: IncomingMessage): string {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'] ?? bearer;
  if (typeof key !== 'string' || key === '') throw new ApiFailure(401, 'An API key is required: send it as x-api-key or as a Bearer token.');
  if (key === REFUSED_KEY) throw new ApiFailure(401, 'API key is invalid.');
  if (headers['anthropic-version'] === undefined) throw new ApiFailure(400, 'anthropic-version: header is required');
  return key;
}

/** Anthropic's API: message batches and messages. */
export function anthropicApi(context: EmulatorContext, engine: Engine, worker: AnthropicWorker): Api {
  return {
    name: 'anthropic',
    routes: [...messageBatchRoutes(context, engine, worker), ...synchronousRoutes(context, 'anthropic')],
    authenticate,
    newRequestId: () => `req_01${alphanumericId(22, randomBytes(16).toString('hex'))}`,
    headers: (requestId) => ({ 'request-id': requestId }),
    errorBody: anthropicErrorBody,
    notFound: () => new ApiFailure(404, 'Not found'),
  };
}
