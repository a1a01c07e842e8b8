import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { millrace } from './contenders.ts';
import type { Setting } from './race.ts';

/** A running `millrace emulate`. */
export interface EmulatorProcess {
  readonly openaiUrl: string;
  readonly anthropicUrl: string;
  readonly stop: () => Promise<void>;
}

/** Any key will do. */
export const keys: Readonly<Record<string, string>> = { OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' };

/** Starts the emulator in a process of its own. Its batches end almost at once. */
export async function startEmulatorProcess(setting: Setting, folder: string): Promise<EmulatorProcess> {
  const { file, parameters } = millrace(setting, ['emulate', '--port', '0', '--dir', folder, '--speed', '10000', '--quiet']);
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const urls = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name = '', url = ''] = /^(\w+)=(.+)$/.exec(line) ?? [];
    urls.set(name, url);
    if (urls.size === 2) break;
  }
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  const [openaiUrl, anthropicUrl] = [urls.get('OPENAI_BASE_URL'), urls.get('ANTHROPIC_BASE_URL')];
  if (openaiUrl !== undefined && anthropicUrl !== undefined) return { openaiUrl, anthropicUrl, stop };
  await stop();
  throw new Error(`millrace emulate did not say where it listens: ${complaint}`);
}
