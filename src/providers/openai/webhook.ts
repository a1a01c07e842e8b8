import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFresh, isSigned, signingKey, type SignedDelivery } from './webhook-signature.ts';

/** Options of {@link openaiWebhook}. */
export interface OpenAIWebhookOptions {
  /** Signing secret of the webhook, `whsec_…`. */
  readonly secret: string;
  /** Told the id of a batch that an event is about; such as `(id) => hints.look(id)`. */
  readonly onBatch: (batchId: string) => void;
  /** How far the time of a delivery may be from now, in milliseconds. @default 300000 */
  readonly toleranceMs?: number;
  /** Time, for tests. @default the system's */
  readonly clock?: { now(): number };
}

/** OpenAI's events are a few hundred bytes. */
const maxBytes = 64 * 1024;

/**
 * A handler for `node:http` that takes OpenAI's `batch.*` events (completed, failed, expired, cancelled) and says which batch to look at. An
 * event is a hint and no more: what it says of a batch is asked for again. Signatures are those of Standard Webhooks.
 *
 * Answers 204 where the signature holds (events of other kinds are passed over), 400 where it does not, where the time is too far off or a
 * header is missing, 409 for a delivery that was taken before, 405 and 413 for what is no delivery. Only a 204 has an effect.
 *
 * @throws InputError `invalid_option` for an empty secret
 *
 * @example
 * createServer(openaiWebhook({ secret: 'whsec_…', onBatch: (id) => hints.look(id) })).listen(8080, '127.0.0.1');
 */
export function openaiWebhook({ secret, onBatch, toleranceMs = 300_000, clock = Date }: OpenAIWebhookOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const key = signingKey(secret);
  const taken = new Map<string, number>();
  const answer = async (request: IncomingMessage): Promise<number> => {
    if (request.method !== 'POST') return 405;
    const body = await bodyOf(request);
    if (body === undefined) return 413;
    const delivery = deliveryOf(request, body);
    const now = clock.now();
    if (!delivery || !isFresh(delivery, now, toleranceMs) || !isSigned(delivery, key)) return 400;
    // What is older than that is refused by its time.
    for (const [id, at] of taken) if (now - at > 2 * toleranceMs) taken.delete(id);
    if (taken.has(delivery.id)) return 409;
    taken.set(delivery.id, now);
    const batchId = batchIn(body);
    if (batchId !== undefined) onBatch(batchId);
    return 204;
  };
  return (request, response) => {
    answer(request).then(
      // What is too large may never end.
      (status) => (status === 413 ? response.writeHead(status, { connection: 'close' }).end(() => request.destroy()) : response.writeHead(status).end()),
      // The sender went away.
      () => response.destroy(),
    );
  };
}

/** The body; `undefined` as soon as it is too large. */
function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function deliveryOf({ headers }: IncomingMessage, body: Buffer): SignedDelivery | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  return typeof id === 'string' && id !== '' && typeof timestamp === 'string' && typeof signatures === 'string' ? { id, timestamp, signatures, body } : undefined;
}

/** The batch that an event is about, if it is about one. Source: `resources/webhooks` of the openai package. */
function batchIn(body: Buffer): string | undefined {
  try {
    // Whatever was signed; each step down is checked.
    const { type, data } = JSON.parse(body.toString()) as { type?: unknown; data?: { id?: unknown } | null };
    const id = data?.id;
    return typeof type === 'string' && type.startsWith('batch.') && typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
