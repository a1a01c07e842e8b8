import { createServer, type Server } from 'node:http';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, messageOf } from '../errors.ts';
import { anthropicApi } from './anthropic.ts';
import { AnthropicWorker } from './anthropic-worker.ts';
import { dispatch } from './dispatch.ts';
import { Engine } from './engine.ts';
import { openaiApi } from './openai.ts';
import { OpenAIWorker } from './openai-worker.ts';
import { settingsOf, type EmulatorOptions, type Settings } from './options.ts';
import { Store } from './store.ts';

export { embeddingOf } from './embedding.ts';
export type { BatchSize, EmulatorOptions } from './options.ts';
export type { AnswerFunction, EmulatedRequest } from './reply.ts';

/** A running emulator. */
export interface Emulator {
  /** E.g. `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Base URL for OpenAI's clients: `url` and `/v1`. */
  readonly openaiBaseUrl: string;
  /** Base URL for Anthropic's clients. */
  readonly anthropicBaseUrl: string;
  readonly port: number;
  /** Where files and batches are kept. */
  readonly directory: string;
  /** Stops it; whatever was under way is taken up by the next emulator on the same directory. */
  close(): Promise<void>;
  /** Examines all batches now and resolves when what is due is done: for tests with a clock of their own. */
  settle(): Promise<void>;
}

async function directoryFor({ directory }: Settings): Promise<string> {
  if (directory === undefined) return mkdtemp(join(tmpdir(), 'millrace-emulator-'));
  const path = resolve(directory);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return path;
}

async function listen(server: Server, { port, host }: Settings): Promise<number> {
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, listening);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function newServer(apis: Parameters<typeof dispatch>[0]): Server {
  // Uploads may take their time, and callers that wait between polls keep their connection.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 120_000 }, (request, response) => {
    void dispatch(apis, request, response);
  });
  return server;
}

async function stop(server: Server): Promise<void> {
  await new Promise<void>((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}

/**
 * Starts a local server that speaks the batch APIs of OpenAI and Anthropic on one port, for running anything built on millrace,
 * or on the providers' own clients, without a key and without cost. Any API key will do but `invalid`; each key is an account of its
 * own. A model whose name begins with `no-such-` does not exist; every other does.
 *
 * @throws InputError `invalid_option`, also where it cannot listen
 * @example
 * const emulator = await startEmulator();
 * const client = new OpenAI({ baseURL: emulator.openaiBaseUrl, apiKey: 'any' });
 * await emulator.close();
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  options.signal?.throwIfAborted();
  const settings = settingsOf(options);
  const store = new Store(await directoryFor(settings));
  await store.open();
  const workers = { openai: new OpenAIWorker({ settings, store }), anthropic: new AnthropicWorker({ settings, store }) };
  const engine = new Engine([workers.openai, workers.anthropic], settings);
  const server = newServer({
    openai: openaiApi({ settings, store }, engine, workers.openai),
    anthropic: anthropicApi({ settings, store }, engine, workers.anthropic),
  });
  const port = await listen(server, settings).catch(async (error: unknown) => {
    await shutDown(server, engine, store, settings);
    const where = `${settings.host}:${settings.port}`;
    throw new InputError('invalid_option', `The emulator cannot listen on ${where}: ${messageOf(error)}. Pass another \`port\` or \`host\`.`, { cause: error });
  });
  engine.start();
  let closing: Promise<void> | undefined;
  const close = () => {
    options.signal?.removeEventListener('abort', onAbort);
    return (closing ??= shutDown(server, engine, store, settings));
  };
  const onAbort = () => void close();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
  return { url, openaiBaseUrl: `${url}/v1`, anthropicBaseUrl: url, port, directory: store.directory, close, settle: () => engine.settle() };
}

async function shutDown(server: Server, engine: Engine, store: Store, { directory }: Settings): Promise<void> {
  await stop(server);
  await engine.close();
  await store.flush();
  if (directory === undefined) await rm(store.directory, { recursive: true, force: true });
}
