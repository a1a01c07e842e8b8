import type { BuildOptions } from '../index.ts';
import type { FlagName, FlagValues } from './flags.ts';
import { checkProviderFlags } from './provider.ts';
import { requestFrom } from './request.ts';
import { readOptionsFrom, sourceFrom } from './streams.ts';

/** Flags that say what is read and what is asked. */
export const buildFlags = [
  'provider',
  'emulate',
  'baseUrl',
  'endpoint',
  'model',
  'system',
  'prompt',
  'messages',
  'maxTokens',
  'param',
  'id',
  'format',
  'path',
  'delimiter',
  'encoding',
  'limit',
  'maxRequests',
  'maxBytes',
  'strict',
] as const satisfies readonly FlagName[];

/** What is read and what is asked, from the flags. */
export function buildOptionsFrom(source: string, flags: FlagValues): BuildOptions {
  checkProviderFlags(flags);
  const { id, strict, maxRequests, maxBytes } = flags;
  const limits = { ...(maxRequests === undefined ? {} : { maxRequests }), ...(maxBytes === undefined ? {} : { maxBytes }) };
  const read = readOptionsFrom(source, flags);
  return {
    source: sourceFrom(source),
    request: requestFrom(flags),
    // Left out where no flag asks for them, so that a run of the same job begun by `run()` is recognized.
    ...(isEmpty(read) ? {} : { read }),
    ...(isEmpty(limits) ? {} : { limits }),
    onWarning: (warning) => {
      if (flags.quiet !== true) process.stderr.write(`warning: ${warning}\n`);
    },
    ...(id === undefined ? {} : { customId: id }),
    ...(strict === undefined ? {} : { strict }),
  };
}

const isEmpty = (options: object) => Object.keys(options).length === 0;
