import type { ServerResponse } from 'node:http';
import { safeHeaders, toJson } from './respond.ts';

/** Sends the list of runs to every open page whenever it changes, as server-sent events. Looks only while a page is open. */
export class Events {
  readonly #look: () => Promise<unknown>;
  readonly #refreshMs: number;
  readonly #pages = new Map<ServerResponse, string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;

  /** @param look gives what the pages show */
  constructor(look: () => Promise<unknown>, refreshMs: number) {
    this.#look = look;
    this.#refreshMs = refreshMs;
  }

  /** Keeps a response open as a stream of events, the first one at once. */
  open(response: ServerResponse): void {
    response.writeHead(200, { ...safeHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    this.#pages.set(response, '');
    response.on('close', () => this.#pages.delete(response));
    this.refresh();
  }

  /** Looks now, and again after a while as long as a page is open. */
  refresh(): void {
    this.#isStale = true;
    this.#looking ??= this.#lookAll().finally(() => (this.#looking = undefined));
  }

  async close(): Promise<void> {
    for (const page of this.#pages.keys()) page.end();
    this.#pages.clear();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #lookAll(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isStale && this.#pages.size > 0) {
      this.#isStale = false;
      this.#tell(await this.#look().then(toJson, (error: unknown) => toJson({ problem: error instanceof Error ? error.message : String(error) })));
    }
    if (this.#pages.size > 0) this.#timer = setTimeout(() => this.refresh(), this.#refreshMs).unref();
  }

  #tell(data: string): void {
    for (const [page, last] of this.#pages) {
      // One that does not keep up is told next time.
      if (page.writableNeedDrain) continue;
      // A comment keeps the connection known to be alive.
      page.write(data === last ? ': still here\n\n' : `event: runs\ndata: ${data}\n\n`);
      this.#pages.set(page, data);
    }
  }
}
