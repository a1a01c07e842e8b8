import { createReadStream } from 'node:fs';
import type { ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import { readLines } from '../records/lines.ts';
import type { JsonObject } from '../records/record.ts';
import type { Work } from './work.ts';

/**
 * Tells by its results whose batch was read. It matters where batches carry no metadata and one was adopted by time and count
 * alone: then the wire ids are `<run tag>-<record index>`, and say it for sure. The first that begins with our tag does: a line
 * of a stranger may stand before it.
 *
 * @param unproven what is given back where no result says whose it is; 0 is no shard's number
 * @returns the number of the shard; `undefined` if no shard of the run is the owner
 */
export async function ownerOf(shard: ShardEntry, results: readonly ResultEntry[], work: Work, unproven = shard.number): Promise<number | undefined> {
  const [first] = results;
  const { provider, tag } = work;
  if (!provider.tagsCustomIds || tag === undefined || !first) return shard.number;
  const id = await tellingId(await work.storage.open(first.file), `${tag}-`, work);
  return id === undefined ? unproven : ownerById(id, tag, shard, await work.ledger.shards());
}

type Place = Pick<ShardEntry, 'number' | 'round' | 'firstIndex' | 'lastIndex'>;

/** The same, from one id. Pure. @param shards of the run; those of one round hold no record in common */
export function ownerById(id: string, tag: string, shard: Place, shards: readonly Place[]): number | undefined {
  if (!id.startsWith(`${tag}-`)) return undefined;
  const index = Number(id.slice(tag.length + 1));
  const holds = ({ firstIndex, lastIndex }: Place) => index >= firstIndex && index <= lastIndex;
  return holds(shard) ? shard.number : shards.find((other) => other.round === shard.round && holds(other))?.number;
}

/** The first id that begins with our tag, else any; a file without a result proves nothing. */
async function tellingId(path: string, start: string, { provider }: Work): Promise<string | undefined> {
  let stranger: string | undefined;
  for await (const lines of readLines(createReadStream(path))) {
    for (const { bytes } of lines) {
      const id = parse(bytes, provider)?.customId;
      if (id?.startsWith(start)) return id;
      stranger ??= id;
    }
  }
  return stranger;
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
