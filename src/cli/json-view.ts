import type { RunSnapshot } from '../index.ts';
import { heartbeatMs } from './plain-view.ts';
import type { ProgressView } from './progress.ts';

/** Which form log lines have; a field may be added without a new version. */
const version = 1;
/** Lines about nothing but numbers that grow, at most so often. */
const quietMs = 1000;

/** One JSON object a line, for machines: what changes, and a sign of life. */
export class JsonView implements ProgressView {
  readonly #write: (text: string) => void;
  #snapshot: RunSnapshot | undefined;
  #told: RunSnapshot | undefined;
  #toldAt = -Infinity;
  #heart: NodeJS.Timeout | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  show(snapshot: RunSnapshot): void {
    const isChange = snapshot.news !== undefined || snapshot.phase !== this.#snapshot?.phase;
    this.#snapshot = snapshot;
    this.#heart ??= setInterval(() => this.#tell(), heartbeatMs).unref();
    if (isChange || Date.now() - this.#toldAt >= quietMs) this.#tell();
  }

  note(text: string): void {
    this.#write(logLine('message', { message: text.trim() }));
  }

  end(): void {
    if (this.#heart === undefined) return;
    clearInterval(this.#heart);
    this.#heart = undefined;
    if (this.#told !== this.#snapshot) this.#tell();
  }

  #tell(): void {
    if (!this.#snapshot) return;
    this.#told = this.#snapshot;
    this.#toldAt = Date.now();
    this.#heart?.refresh();
    this.#write(logLine('progress', this.#snapshot));
  }
}

/** A log line: its version, its time, what it is about, and what it says. */
export function logLine(type: 'progress' | 'message' | 'error' | 'report', content: object): string {
  return `${JSON.stringify({ version, time: new Date().toISOString(), type, ...content })}\n`;
}
