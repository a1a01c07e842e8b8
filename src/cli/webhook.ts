import { createServer } from 'node:http';
import { BatchHints, InputError, type HintSource, type RunStatus } from '../index.ts';
import type { FlagValues } from './flags.ts';

/** A port that takes webhooks while a command waits; nothing where none was asked for. */
export interface WebhookPort {
  readonly options: { readonly hints?: HintSource };
  readonly close: () => Promise<void>;
}

/**
 * Listens for OpenAI's webhooks, where `--webhook-port` says so.
 *
 * @param say where the address is told
 * @throws InputError `invalid_option` where the run is not of OpenAI, there is no secret, or the port is taken
 */
export async function openWebhookPort({ webhookPort, host = '127.0.0.1' }: FlagValues, { provider }: Pick<RunStatus, 'provider'>, say: (text: string) => void): Promise<WebhookPort> {
  if (webhookPort === undefined) return { options: {}, close: async () => undefined };
  if (provider !== 'openai') throw new InputError('invalid_option', `--webhook-port is for OpenAI: ${provider} sends no events about batches.`);
  const secret = process.env['OPENAI_WEBHOOK_SECRET'] ?? '';
  if (secret.trim() === '') throw new InputError('invalid_option', '--webhook-port needs the signing secret of the webhook in OPENAI_WEBHOOK_SECRET: it begins with whsec_.');
  const hints = new BatchHints();
  const { openaiWebhook } = await import('../providers/openai/client.ts');
  const server = createServer({ requestTimeout: 10_000 }, openaiWebhook({ secret, onBatch: (id) => hints.look(id) }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new InputError('invalid_option', `--webhook-port: ${host}:${webhookPort} cannot be listened on: ${cause.message}`, { cause })));
    server.listen(webhookPort, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : webhookPort;
  say(`webhooks: http://${host.includes(':') ? `[${host}]` : host}:${port}/\n`);
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { options: { hints }, close };
}
