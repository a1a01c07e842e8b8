import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import type { Job, ProviderName } from './job.ts';

/** What is run, by which provider, and what goes wrong with it anyway. */
export interface Setting extends Pick<Job, 'provider' | 'source' | 'maxRequests' | 'finishSync'> {
  readonly name: string;
  /** What an earlier run asked, which has ended when a trial begins. */
  readonly earlierSource?: string;
  readonly emulator: EmulatorOptions;
}

/** What a setting is made of. */
export interface Size {
  readonly records: number;
  readonly maxRequests: number;
  /** Records take turns between so many models. */
  readonly models: 1 | 2;
  /** What happens to rows, so that there are further rounds. */
  readonly faults: readonly string[];
}

const models: Readonly<Record<ProviderName, readonly string[]>> = {
  openai: ['gpt-4o-mini', 'gpt-4.1-nano'],
  anthropic: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
};

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-crash-'));

/** A few shards, the last record of which has the id of the first and is rejected. */
export function settingOf(provider: ProviderName, { records, maxRequests, models: count, faults }: Size): Setting {
  const source = join(temporary(), 'source.csv');
  const names = models[provider].slice(0, count);
  const rows = Array.from({ length: records }, (_none, index) => `r-${index},t${index},${names[index % names.length]}`);
  writeFileSync(source, `${['id,text,model', ...rows, `r-0,again,${names[0]}`].join('\n')}\n`);
  // Batches end within 20 ms, in an order that differs.
  return { name: `${provider}, ${count} model${count === 1 ? '' : 's'}`, provider, source, maxRequests, emulator: { speed: 40_000, faults } };
}

/** The same, after an earlier run that has the first of the records, and with a copy of each at the end. */
export function reuseSettingOf(provider: ProviderName, size: Size): Setting {
  const setting = settingOf(provider, size);
  const [head = '', ...rows] = readFileSync(setting.source, 'utf8').trimEnd().split('\n');
  const copies = rows.slice(0, size.records).map((row) => row.replace(/^r-/, 'copy-'));
  writeFileSync(setting.source, `${[head, ...rows, ...copies].join('\n')}\n`);
  const earlierSource = join(dirname(setting.source), 'earlier.csv');
  writeFileSync(earlierSource, `${[head, ...rows.slice(0, Math.ceil(size.records / 3))].join('\n')}\n`);
  return { ...setting, name: `${setting.name}, reuse`, earlierSource };
}

/** Some records meet an overloaded provider, one answer of each shard is cut off: at the first attempt only. */
export const retryFaults = ['attempts=1 probability=0.3 error=429', 'row=2 attempts=1 truncated'];
