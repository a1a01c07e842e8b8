import type { Batch } from '../index.ts';
import type { Paint } from './colors.ts';
import { jsonVersion } from './json.ts';
import { withTexts } from './standing-json.ts';
import { printable } from './text-table.ts';
import { minute } from './words.ts';

/** A batch in a list, and the run that it belongs to. */
export interface Listed extends Omit<Batch, 'inputFileId'> {
  /** Name of the run, where one under the root knows it. */
  readonly run?: string;
  readonly shard?: number;
}

/** Shows batches one by one: a list may be long, and its end far. */
export interface ListView {
  show(batch: Listed): void;
  end(): void;
}

export function listView(isJson: boolean, paint: Paint, write: (text: string) => void): ListView {
  return isJson ? jsonList(write) : { show: (batch) => write(`${describe(batch, paint)}\n`), end: () => undefined };
}

/** One JSON document, written as the batches come. */
function jsonList(write: (text: string) => void): ListView {
  let start = `{"version":${jsonVersion},"batches":[`;
  return {
    show(batch) {
      write(`${start}\n${JSON.stringify(withTexts(batch))}`);
      start = ',';
    },
    end: () => write(`${start === ',' ? '' : start}\n]}\n`),
  };
}

/** A line of its own meaning: what comes next is not known yet, so that no column can be fitted. */
function describe({ id, createdAt, status, rawStatus, counts, run, shard, metadata }: Listed, paint: Paint): string {
  const painted = status === 'pending' ? paint.waiting(rawStatus) : status === 'failed' ? paint.bad(rawStatus) : paint.good(rawStatus);
  const owner = run === undefined ? '' : `  ${paint.strong(`run ${printable(run)}${shard === undefined ? '' : `, shard ${shard}`}`)}`;
  const own = Object.entries(metadata).filter(([key]) => !key.startsWith('millrace_'));
  const pairs = own.map(([key, value]) => `  ${printable(`${key}=${value}`)}`).join('');
  return `${id}  ${createdAt === undefined ? '-' : minute(createdAt)}  ${painted}  ${counts.succeeded}/${counts.failed}/${counts.total}${owner}${pairs}`;
}
