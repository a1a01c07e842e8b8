import { InputError } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';

/** What the user calls a run and says about it. */
export interface RunTags {
  readonly label?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Keys that begin so are the run's own: by them it knows its batches again. */
const ownPrefix = 'millrace_';
/** `millrace_run`, `millrace_shard` and `millrace_sha256` are in each batch. */
const ownPairs = 3;
const labelKey = `${ownPrefix}label`;

/**
 * Refuses what the provider would refuse once a shard is uploaded, before anything is read.
 *
 * @throws InputError `invalid_option` that names the key and the limit
 */
export function checkTags({ label, metadata = {} }: Partial<RunTags>, { name, metadataLimits }: Pick<Provider, 'name' | 'metadataLimits'>): void {
  if (label === '') throw refusal('The label is empty: give one, or leave it out.');
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw refusal(`The metadata ${JSON.stringify(key)} must be a text, not ${JSON.stringify(value)}.`);
    if (key === '' || key.startsWith(ownPrefix)) throw refusal(`The metadata key ${JSON.stringify(key)} cannot be used: it is empty, or begins with ${ownPrefix}, as the keys of millrace do.`);
  }
  if (!metadataLimits) return;
  const { maxPairs, maxKeyLength, maxValueLength } = metadataLimits;
  const room = maxPairs - ownPairs - (label === undefined ? 0 : 1);
  const pairs = Object.entries({ ...metadata, ...(label === undefined ? {} : { [labelKey]: label }) });
  if (Object.keys(metadata).length > room) throw refusal(`A batch of ${name} takes ${maxPairs} pairs of metadata, of which ${room} are free beside those of millrace; ${Object.keys(metadata).length} are given.`);
  for (const [key, value] of pairs) {
    const what = key === labelKey ? 'label' : `metadata ${JSON.stringify(key)}`;
    if (key.length > maxKeyLength) throw refusal(`The key of the ${what} has ${key.length} characters; ${name} takes ${maxKeyLength}.`);
    if (value.length > maxValueLength) throw refusal(`The ${what} has ${value.length} characters; ${name} takes ${maxValueLength}.`);
  }
}

function refusal(message: string): InputError {
  return new InputError('invalid_option', message);
}

/** Keeps what the user says about a run with it; what is left out stays as it was. */
export async function noteTags(ledger: Ledger, { label, metadata }: Partial<RunTags>): Promise<void> {
  if (label !== undefined) await ledger.note('label', label);
  if (metadata !== undefined && Object.keys(metadata).length > 0) await ledger.note('metadata', metadata);
}

/** What the user said about a run. */
export async function tagsOf(ledger: Ledger): Promise<RunTags> {
  const label = await ledger.noted('label');
  return { ...(label === undefined ? {} : { label }), metadata: (await ledger.noted('metadata')) ?? {} };
}

/** What of it goes with each batch. Pure. */
export function batchTags({ label, metadata }: RunTags): Record<string, string> {
  return { ...metadata, ...(label === undefined ? {} : { [labelKey]: label }) };
}
