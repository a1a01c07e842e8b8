import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { EmulatorContext } from './context.ts';
import type { Engine } from './engine.ts';
import { ApiFailure, openaiErrorBody } from './failure.ts';
import type { Api } from './http.ts';
import { batchRoutes } from './openai-batches.ts';
import { fileRoutes } from './openai-files.ts';
import type { OpenAIWorker } from './openai-worker.ts';
import { synchronousRoutes } from './synchronous.ts';

/** Any key will do but this one, so that a refusal can be tested. */
const REFUSED_KEY = 'invalid';

function authenticate({ headers }: IncomingMessage): string {
  const key = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === undefined) {
    throw new ApiFailure(401, "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.");
  }
  if (key === REFUSED_KEY) throw new ApiFailure(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
  return key;
}

/** OpenAI's API: files, batches and the endpoints that batches call. */
export function openaiApi(context: EmulatorContext, engine: Engine, worker: OpenAIWorker): Api {
  return {
    name: 'openai',
    routes: [...fileRoutes(context), ...batchRoutes(context, engine, worker), ...synchronousRoutes(context, 'openai')],
    authenticate,
    newRequestId: () => randomBytes(16).toString('hex'),
    headers: (requestId) => ({ 'x-request-id': requestId, 'openai-version': '2020-10-01', 'openai-processing-ms': '1' }),
    errorBody: openaiErrorBody,
    notFound: ({ method }, url) => new ApiFailure(404, `Invalid URL (${method} ${url.pathname})`),
  };
}
