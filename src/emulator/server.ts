import { createServer, IncomingMessage, type Server } from 'node:http';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, messageOf } from '../errors.ts';
import { anthropicApi } from './anthropic.ts';
import { AnthropicWorker } from './anthropic-worker.ts';
import { CallLog } from './call-log.ts';
import { dispatch, type Desk } from './dispatch.ts';
import type { Emulator } from './emulator.ts';
import { Engine } from './engine.ts';
import { Executions } from './executions.ts';
import { Faults } from './faults.ts';
import { FaultyResponse } from './faulty-response.ts';
import { openaiApi } from './openai.ts';
import { OpenAIWorker } from './openai-worker.ts';
import { settingsOf, type EmulatorOptions, type Settings } from './options.ts';
import { Store } from './store.ts';

export { embeddingOf } from './embedding.ts';
export type { Call } from './call-log.ts';
export type { Emulator } from './emulator.ts';
export type { Execution } from './executions.ts';
export type { ActionKind, ActionOf, CallAction, CourseAction, FaultAction, Moment, RowAction, ViewAction } from './fault-actions.ts';
export type { Fault, FaultRule } from './fault-rules.ts';
export { parseFault } from './fault-text.ts';
export type { FaultHits } from './faults.ts';
export type { BatchSize, EmulatorOptions } from './options.ts';
export type { AnswerFunction, EmulatedRequest } from './reply.ts';

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

function newServer(desk: Desk): Server {
  // Uploads may take their time, and callers that wait between polls keep their connection.
  const options = { requestTimeout: 0, keepAliveTimeout: 120_000, IncomingMessage, ServerResponse: FaultyResponse };
  return createServer(options, (request, response) => {
    void dispatch(desk, request, response);
  });
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
  try {
    await store.open();
    return await serve(await partsOf(settings, store), options);
  } catch (error) {
    await removeTemporary(settings, store);
    throw error;
  }
}

/** What a running emulator is made of. */
interface Parts {
  readonly settings: Settings;
  readonly store: Store;
  readonly executions: Executions;
  readonly faults: Faults;
  readonly engine: Engine;
  readonly desk: Desk;
}

async function partsOf(settings: Settings, store: Store): Promise<Parts> {
  const executions = new Executions(store.directory);
  await executions.open();
  const faults = new Faults(settings, store, executions);
  const context = { settings, store, faults, executions };
  const workers = { openai: new OpenAIWorker(context), anthropic: new AnthropicWorker(context) };
  const engine = new Engine([workers.openai, workers.anthropic], settings);
  const apis = { openai: openaiApi(context, engine, workers.openai), anthropic: anthropicApi(context, engine, workers.anthropic) };
  const desk = { apis, faults: faults.calls, calls: new CallLog(), now: settings.now };
  return { settings, store, executions, faults, engine, desk };
}

async function serve(parts: Parts, { faults = [], signal }: EmulatorOptions): Promise<Emulator> {
  const { settings, store, engine, desk } = parts;
  const routes = [...desk.apis.openai.routes, ...desk.apis.anthropic.routes].map(({ name }) => name);
  parts.faults.set(faults, routes);
  const server = newServer(desk);
  const port = await listen(server, settings).catch((error: unknown) => {
    const where = `${settings.host}:${settings.port}`;
    throw new InputError('invalid_option', `The emulator cannot listen on ${where}: ${messageOf(error)}. Pass another \`port\` or \`host\`.`, { cause: error });
  });
  engine.start();
  let closing: Promise<void> | undefined;
  const close = () => {
    signal?.removeEventListener('abort', onAbort);
    return (closing ??= shutDown(server, engine, store, settings));
  };
  const onAbort = () => void close();
  signal?.addEventListener('abort', onAbort, { once: true });
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
  return {
    url, openaiBaseUrl: `${url}/v1`, anthropicBaseUrl: url, port, directory: store.directory, close,
    settle: () => engine.settle(),
    setFaults: (rules) => {
      parts.faults.set(rules, routes);
      parts.faults.countFromNow();
    },
    faults: () => parts.faults.hits(),
    calls: () => desk.calls.list(),
    executions: () => parts.executions.all(),
  };
}

async function shutDown(server: Server, engine: Engine, store: Store, settings: Settings): Promise<void> {
  await stop(server);
  await engine.close();
  await store.flush();
  await removeTemporary(settings, store);
}

async function removeTemporary({ directory }: Settings, store: Store): Promise<void> {
  if (directory === undefined) await rm(store.directory, { recursive: true, force: true });
}
