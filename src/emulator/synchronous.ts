import { openaiEndpoints } from './answers.ts';
import type { EmulatorContext } from './context.ts';
import { bodyHash } from './executions.ts';
import { readJsonObject, sendJson, type Exchange, type Route } from './http.ts';
import { hexId } from './random.ts';
import { replyTo } from './reply.ts';

/** The endpoints that answer at once: the same answers to the same bodies as in a batch. */
export function synchronousRoutes({ settings, store, executions }: EmulatorContext, provider: 'openai' | 'anthropic'): Route[] {
  const endpoints = provider === 'openai' ? openaiEndpoints : ['/v1/messages'];

  async function answer({ request, response }: Exchange, endpoint: string): Promise<void> {
    const body = await readJsonObject(request);
    const now = settings.now();
    const id = hexId(64, settings.seed, 'call', now, store.nextSequence());
    const identity = { id, createdAt: Math.floor(now / 1000), seed: settings.seed };
    const version = String(request.headers['anthropic-version'] ?? '');
    const reply = await replyTo({ provider, endpoint, body }, { answer: settings.answer, identity, version, batched: false });
    const status = 'failure' in reply ? reply.failure.status : 200;
    await executions.add({ provider, batchId: null, customId: null, hash: bodyHash(body), status });
    if ('failure' in reply) throw reply.failure;
    sendJson(response, reply.body);
  }

  return endpoints.map((endpoint) => ({
    name: `${provider}.${endpoint.slice('/v1/'.length).replaceAll('/', '.')}`,
    method: 'POST',
    path: endpoint,
    handle: (exchange) => answer(exchange, endpoint),
  }));
}
