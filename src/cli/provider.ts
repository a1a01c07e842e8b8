import { join } from 'node:path';
import { InputError, type Provider } from '../index.ts';
import { faultsFrom } from './faults.ts';
import type { FlagValues } from './flags.ts';

/** A provider, and what must be closed after its use. */
export interface OpenProvider {
  readonly provider: Provider;
  readonly close: () => Promise<void>;
}

/** Refuses flags that contradict each other, before anything is read or written. */
export function checkProviderFlags(flags: FlagValues): void {
  const { emulate, baseUrl, speed, fault, faults } = flags;
  if (emulate === true && baseUrl !== undefined) throw new InputError('invalid_option', 'Give --emulate or --base-url, not both.');
  if (emulate !== true && speed !== undefined) throw new InputError('invalid_option', '--speed is that of the emulator: it needs --emulate.');
  if (emulate !== true && (fault ?? faults) !== undefined) throw new InputError('invalid_option', '--fault and --faults are for the emulator: they need --emulate.');
}

/** The provider that the flags name; with `--emulate`, an emulator in this process that keeps its state in the run directory. */
export async function openProvider(flags: FlagValues, directory: string): Promise<OpenProvider> {
  if (flags.emulate !== true) return { provider: await connect(flags, {}), close: async () => undefined };
  const { startEmulator } = await import('../emulator/server.ts');
  const faults = await faultsFrom(flags);
  // The port differs from start to start, and where the results lie is remembered.
  const emulator = await startEmulator({ directory: join(directory, 'emulator'), faults, resultsUrl: 'relative', ...(flags.speed === undefined ? {} : { speed: flags.speed }) });
  const baseURL = providerName(flags) === 'anthropic' ? emulator.anthropicBaseUrl : emulator.openaiBaseUrl;
  const provider = await connect(flags, { baseURL, apiKey: 'emulated' });
  // The port differs from start to start; the account is the emulator's directory, which stays with the run.
  return { provider: { ...provider, account: 'emulator' }, close: () => emulator.close() };
}

/** `openai` unless the flags say otherwise. */
export function providerName({ provider, endpoint }: FlagValues): 'openai' | 'anthropic' {
  return provider ?? (endpoint === 'messages' || endpoint === '/v1/messages' ? 'anthropic' : 'openai');
}

/** The provider of the flags for a look at a job: nothing is called, and no emulator is started. */
export async function describedProvider(flags: FlagValues): Promise<Provider> {
  const provider = await connect(flags, {});
  // As that of a run: what was emulated is reused only where things are emulated.
  return flags.emulate === true ? { ...provider, account: 'emulator' } : provider;
}

async function connect(flags: FlagValues, own: { baseURL?: string; apiKey?: string }): Promise<Provider> {
  const options = { ...(flags.baseUrl === undefined ? {} : { baseURL: flags.baseUrl }), ...own };
  if (providerName(flags) === 'anthropic') return (await import('../providers/anthropic/client.ts')).anthropic(options);
  return (await import('../providers/openai/client.ts')).openai(options);
}
