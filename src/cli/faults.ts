import { readFile } from 'node:fs/promises';
import type { Fault } from '../emulator/server.ts';
import { InputError } from '../index.ts';
import type { FlagValues } from './flags.ts';

/** The rules of `--faults`, then those of `--fault`. @throws InputError `file_not_found`, `invalid_option` */
export async function faultsFrom({ fault = [], faults }: Pick<FlagValues, 'fault' | 'faults'>): Promise<Fault[]> {
  return faults === undefined ? [...fault] : [...(await readFaults(faults)), ...fault];
}

async function readFaults(path: string): Promise<Fault[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError('file_not_found', `--faults: ${path} cannot be read. Check the path.`, { file: path, cause });
  });
  const rules: unknown = parsed(text, path);
  if (!Array.isArray(rules)) throw new InputError('invalid_option', `--faults: ${path} must hold a JSON array of rules.`, { file: path });
  // The emulator checks each of them.
  return rules as Fault[];
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError('invalid_option', `--faults: ${path} is not valid JSON.`, { file: path, cause });
  }
}
