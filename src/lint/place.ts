import { grouped } from '../numbers.ts';
import type { BatchProblem } from '../providers/provider.ts';
import type { Place } from './finding.ts';

/**
 * A place in words: `record 18,204 of people.csv, line 204 of shard 37`. What is not known is left out; what is no record is told
 * by file, line and column.
 */
export function describePlace({ file, line, column, index, shard, shardLine }: Place): string {
  const position = [...(line === undefined ? [] : [`line ${grouped(line)}`]), ...(column === undefined ? [] : [`column ${grouped(column)}`])];
  const where = index === undefined ? [...(file === undefined ? [] : [file]), ...position] : [`record ${grouped(index)}${file === undefined ? '' : ` of ${file}`}`];
  if (shard !== undefined) where.push(shardLine === undefined ? `shard ${shard}` : `line ${grouped(shardLine)} of shard ${shard}`);
  return where.join(', ');
}

/** What is known of the record behind a request line that was sent. */
export type SentRecord = Pick<Place, 'file' | 'index' | 'line' | 'customId'>;

/** A problem that the provider found in a batch, with the source record it speaks of. */
export interface PlacedProblem extends BatchProblem {
  /** The record, and the line of the shard; the shard alone where the provider named no line. */
  readonly place: Place;
  /** The whole of it in one sentence: where, what, and the provider's code. */
  readonly text: string;
}

/**
 * Leads the problems that a provider found in a batch after it was sent (`errors.data[]` of OpenAI) back to the source records.
 *
 * @param shard number of the shard whose batch it was
 * @param recordAt the record behind a 1-based line of that shard, where it is known
 * @example
 * placeProblems(batch.problems, 37, (line) => records.get(line)).map(({ text }) => text);
 * // record 18,204 of people.csv, line 204 of shard 37: The custom_id 'a' … is a duplicate … [duplicate_custom_id]
 */
export function placeProblems(problems: readonly BatchProblem[], shard: number, recordAt: (line: number) => SentRecord | undefined): PlacedProblem[] {
  return problems.map((problem) => {
    const { line, code, message } = problem;
    const place: Place = line === undefined ? { shard } : { ...recordAt(line), shard, shardLine: line };
    return { ...problem, place, text: `${describePlace(place)}: ${message}${code === undefined ? '' : ` [${code}]`}` };
  });
}
