import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineRun, InputError, type RunConfig } from '../index.ts';
import { readJson } from './text-file.ts';

const names = ['millrace.config.json', 'millrace.config.js', 'millrace.config.ts'];

/**
 * The config file for a command: the one of `--config`, else the one in the current folder, if there is any; `false` takes none.
 *
 * @throws InputError `invalid_option` where there are several
 */
export function findConfig(given: string | false | undefined): string | undefined {
  if (given === false) return undefined;
  if (given !== undefined) return given;
  const [found, other] = names.filter((name) => existsSync(name));
  if (other !== undefined) throw new InputError('invalid_option', `${found} and ${other} are both here: keep one, or say which by --config.`);
  return found;
}

/**
 * What a config file defines. Code in it is run.
 *
 * @throws InputError `file_not_found`, `invalid_option`; the message names the file
 */
export async function readConfig(file: string): Promise<RunConfig> {
  const config = /\.json$/i.test(file) ? readJson('--config', file) : await importConfig(file);
  try {
    // Of what a file holds, the keys are checked here and the values where they are read.
    return defineRun(config as RunConfig);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.code, `${file}: ${error.message}`, { file, cause: error }) : error;
  }
}

async function importConfig(file: string): Promise<unknown> {
  if (!existsSync(file)) throw new InputError('file_not_found', `--config: ${file} cannot be read. Check the path.`, { file });
  if (/\.[cm]?ts$/i.test(file) && !stripsTypes()) {
    throw new InputError('invalid_option', `${file}: Node ${process.versions.node} does not read TypeScript. Use Node 22.18 or later, or a config in .js or .json.`, { file });
  }
  const { default: config } = await load(file);
  if (config === undefined) throw new InputError('invalid_option', `${file} has no default export: write \`export default defineRun({ ... })\`.`, { file });
  return config;
}

/** Whether this Node takes the types out of TypeScript by itself; older ones do not know the question. */
function stripsTypes(): boolean {
  return 'typescript' in process.features && process.features.typescript !== false;
}

async function load(file: string): Promise<{ default?: unknown }> {
  try {
    // A module is an object of what it exports.
    return (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const hint = /Cannot find package 'millrace'/.test(message) ? ' Install it there (npm install millrace), or export the object without defineRun.' : '';
    throw new InputError('invalid_option', `${file}${placeIn(cause, file)} cannot be loaded: ${message}${hint}`, { file, cause });
  }
}

/** The line and column in the file where it failed, as the stack tells. */
function placeIn(error: unknown, file: string): string {
  const [, after = ''] = (error instanceof Error ? (error.stack ?? '') : '').split(basename(file));
  return /^(?::\d+)+/.exec(after)?.[0] ?? '';
}
