import type { BuildOptions } from '../index.ts';
import { limitsFrom } from './drive-options.ts';
import type { FlagValues } from './flags.ts';
import { checkProviderFlags } from './provider.ts';
import { requestFrom } from './request.ts';
import { readOptionsFrom, sourceFrom } from './streams.ts';
import type { Talk } from './talk.ts';

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
