import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Compare } from '../race.ts';
import { haveSameBytes, linesOf } from './lines.ts';
import { isSameJson } from './tables.ts';
import { compareInOrder, difference } from './values.ts';

/** Compares folders of request files: the same requests in the same shards, in order. */
export const compareShards: Compare = async (reference, output) => compareEach(reference, output, async (shard, first, second) => compareInOrder(`${shard}, request`, allLines(first), allLines(second), isSameJson));

/** The same where a peer does not keep order inside a shard. */
export const compareShardsInAnyOrder: Compare = async (reference, output) =>
  compareEach(reference, output, async (shard, first, second) => {
    const expected = new Map<string, string>();
    for await (const line of allLines(first)) expected.set(idOf(line), line);
    for await (const line of allLines(second)) {
      const id = idOf(line);
      const request = expected.get(id);
      if (request === undefined || !isSameJson(request, line)) return difference(`${shard}, request ${id}`, request, line);
      expected.delete(id);
    }
    const [lost] = expected.values();
    return lost === undefined ? undefined : difference(`${shard}, ${expected.size} requests are missing`, lost, undefined);
  });

async function compareEach(reference: string, output: string, compare: (shard: string, first: readonly string[], second: readonly string[]) => Promise<string | undefined>): Promise<string | undefined> {
  const [ours, theirs] = [shardsOf(reference), shardsOf(output)];
  if (ours.length !== theirs.length) return `${theirs.length} shards instead of ${ours.length}`;
  for (const [at, files] of ours.entries()) {
    const others = theirs[at] ?? [];
    const [file, ...more] = files;
    const [other, ...otherMore] = others;
    if (file !== undefined && other !== undefined && more.length + otherMore.length === 0 && haveSameBytes(file, other)) continue;
    const found = await compare(`shard ${at + 1}`, files, others);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The files of each shard, in order: each file is a shard, or each folder with its files. */
function shardsOf(folder: string): readonly (readonly string[])[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jsonl'));
  const shards = new Map<string, string[]>();
  for (const path of paths.sort(byNumber)) {
    const shard = dirname(path) === '.' ? path : dirname(path);
    shards.set(shard, [...(shards.get(shard) ?? []), join(folder, path)]);
  }
  return [...shards.values()];
}

/** By the numbers in the names: `shard=10` comes after `shard=9`. */
function byNumber(first: string, second: string): number {
  return first.localeCompare(second, 'en', { numeric: true });
}

async function* allLines(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) yield* linesOf(file);
}

function idOf(line: string): string {
  // Written by a builder of requests; the comparison finds what is not.
  return (JSON.parse(line) as { custom_id: string }).custom_id;
}
