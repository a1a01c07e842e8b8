import { readReportPage } from '../report-page.ts';
import type { ReportPageData } from '../report/html/page-data.ts';
import { readStatus } from '../run.ts';
import type { DashboardOptions } from './options.ts';
import type { FoundRun } from './run-list.ts';

/** Batches that the page shows. */
const mostBatches = 500;

/** A run as its own view shows it. */
export interface RunDetail extends ReportPageData {
  readonly name: string;
  readonly stamp: string;
  /** Batches that are not shown, because there are too many. */
  readonly moreBatches: number;
}

/** Reads runs in depth, one at a time, and remembers the last one: every open page asks for it. */
export class Details {
  readonly #connect: DashboardOptions['connect'];
  #last: { readonly directory: string; readonly stamp: string; readonly detail: Promise<RunDetail> } | undefined;

  constructor(connect: DashboardOptions['connect']) {
    this.#connect = connect;
  }

  of(run: FoundRun): Promise<RunDetail> {
    const last = this.#last;
    if (last?.directory === run.directory && last.stamp === run.stamp) return last.detail;
    const before = last?.detail ?? Promise.resolve();
    const detail = before.then(() => undefined, () => undefined).then(() => this.#read(run));
    this.#last = { directory: run.directory, stamp: run.stamp, detail };
    // What could not be read is tried again when it is asked for again.
    detail.catch(() => (this.#last = undefined));
    return detail;
  }

  async #read({ name, directory, stamp }: FoundRun): Promise<RunDetail> {
    const { provider, options = {}, close } = await this.#connect(await readStatus(directory), 'read');
    try {
      const data = await readReportPage(directory, { ...options, provider });
      const { batches } = data.status;
      return { ...data, name, stamp, status: { ...data.status, batches: batches.slice(0, mostBatches) }, moreBatches: Math.max(0, batches.length - mostBatches) };
    } finally {
      await close?.();
    }
  }
}
