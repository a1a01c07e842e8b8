import type { ShardEntry } from '../ledger/ledger.ts';
import { readingOf } from '../results/parse.ts';
import { ResultIndex } from '../results/result-index.ts';
import { RequestLines } from '../shards/request-lines.ts';
import { customIdIn } from './request-id.ts';
import type { Work } from './work.ts';

/**
 * True if every request of a shard has a result in these files: ids are compared, for the number of lines proves nothing. The
 * requests of an adopted batch are not known; there the number of ids must do.
 */
export async function answersAll(files: readonly string[], shard: ShardEntry, { provider, storage, signal }: Work): Promise<boolean> {
  const index = await ResultIndex.open(files, { ...readingOf(provider), onReject: () => undefined, ...(signal ? { signal } : {}) });
  const requests = shard.file === '' ? undefined : new RequestLines(await storage.open(shard.file), provider.limits);
  try {
    if (index.size < shard.requestCount) return false;
    for (let position = 0; ; position += 1) {
      const line = await requests?.at(position);
      if (line === undefined) return true;
      if (index.lookup(customIdIn(line)) === undefined) return false;
    }
  } finally {
    index.close();
    await requests?.close();
  }
}
