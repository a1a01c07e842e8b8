import type { BuildOptions } from '../index.ts';
import { limitsFrom } from './drive-options.ts';
import type { FlagName, FlagValues } from './flags.ts';
import { checkProviderFlags } from './provider.ts';
import { requestFrom } from './request.ts';
import { readOptionsFrom, sourceFrom } from './streams.ts';
import type { Talk } from './talk.ts';

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
  'schema',
  'strictSchema',
  'maxTokens',
  'param',
  'id',
  'format',
  'path',
  'delimiter',
  'encoding',
  'limit',
  'strict',
  'maxOutputCost',
  'config',
  'noConfig',
  'threads',
] as const satisfies readonly FlagName[];

/** What is read and what is asked, from the flags. */
export function buildOptionsFrom(source: string, flags: FlagValues, talk: Talk): BuildOptions {
  checkProviderFlags(flags);
  const { id, strict, prices, maxOutputCost, threads, reuse, dedupe } = flags;
  return {
    source: sourceFrom(source),
    read: readOptionsFrom(source, flags),
    request: requestFrom(flags),
    limits: limitsFrom(flags),
    onWarning: (warning) => talk.say(`warning: ${warning}\n`),
    ...(id === undefined ? {} : { customId: id }),
    ...(strict === undefined ? {} : { strict }),
    ...(prices === undefined ? {} : { prices }),
    ...(maxOutputCost === undefined ? {} : { maxOutputCostUsd: maxOutputCost }),
    ...(threads === undefined ? {} : { threads }),
    ...(reuse === undefined ? {} : { reuse }),
    ...(dedupe === undefined ? {} : { dedupe }),
  };
}
