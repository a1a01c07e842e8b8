import { createReadStream } from 'node:fs';
import type { ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import { readLines } from '../records/lines.ts';
import type { JsonObject } from '../records/record.ts';
import type { Work } from './work.ts';

/** Whose results these are. */
export type Owner = 'this shard' | 'another shard' | 'foreign';

/**
 * Tells by the first result line whose batch was read. It matters where batches carry no metadata and one may have been adopted
 * by time and count alone: then the wire ids are `<run tag>-<record index>`, and say it for sure.
 */
export async function ownerOf(shard: Pick<ShardEntry, 'firstIndex' | 'lastIndex'>, results: readonly ResultEntry[], work: Work): Promise<Owner> {
  const [first] = results;
  const { provider, tag } = work;
  if (!provider.tagsCustomIds || tag === undefined || !first) return 'this shard';
  const id = await firstId(await work.storage.open(first.file), work);
  return id === undefined ? 'this shard' : ownerById(id, tag, shard);
}

/** The same, from one id. Pure. */
export function ownerById(id: string, tag: string, { firstIndex, lastIndex }: Pick<ShardEntry, 'firstIndex' | 'lastIndex'>): Owner {
  if (!id.startsWith(`${tag}-`)) return 'foreign';
  const index = Number(id.slice(tag.length + 1));
  return index >= firstIndex && index <= lastIndex ? 'this shard' : 'another shard';
}

/** The id of the first line that is a result; a file without one proves nothing. */
async function firstId(path: string, { provider }: Work): Promise<string | undefined> {
  for await (const lines of readLines(createReadStream(path))) {
    for (const { bytes } of lines) {
      const result = parse(bytes, provider);
      if (result) return result.customId;
    }
  }
  return undefined;
}

function parse(bytes: Buffer, provider: Work['provider']): ReturnType<Work['provider']['parseResult']> {
  try {
    const line: unknown = JSON.parse(bytes.toString());
    // A JSON object; what it holds is for the provider to say.
    return typeof line === 'object' && line !== null ? provider.parseResult(line as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
