import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { fileTarget, type ByteTarget } from '../records/byte-target.ts';

/**
 * The corrected copy of a request file, and beside it `<copy>.ids.jsonl` with the ids that it has in place of others. Both appear under
 * their names only when they are whole. Never in place: the file that was read is not touched.
 */
export class CorrectedCopy {
  readonly path: string;
  readonly #file: ByteTarget;
  #ids: ByteTarget | undefined;
  #mapped = 0;
  #isFull = false;

  /** @throws InputError `invalid_option` if the copy would replace the source */
  constructor(path: string, source: unknown) {
    if (/\.(gz|zst)$/i.test(path)) throw new InputError('invalid_option', `The corrected copy ${path} would be compressed, which no provider takes: choose another name.`);
    if (typeof source === 'string' && isSameFile(path, source)) throw new InputError('invalid_option', `The corrected copy would replace ${source}: choose another file.`);
    this.path = path;
    // One of an earlier copy would belong to other requests.
    rmSync(this.#idsPath, { force: true });
    this.#file = fileTarget(path);
    this.#file.stream.on('error', () => undefined);
  }

  get #idsPath(): string {
    return `${this.path}.ids.jsonl`;
  }

  /** Ids that were mapped so far. */
  get mapped(): number {
    return this.#mapped;
  }

  write(bytes: Buffer | string): void {
    if (!this.#file.stream.write(bytes)) this.#isFull = true;
  }

  /** Notes that an id stands for another. */
  mapId(original: string | number, customId: string): void {
    this.#ids ??= fileTarget(this.#idsPath);
    this.#ids.stream.write(`${JSON.stringify({ custom_id: customId, original })}\n`);
    this.#mapped += 1;
  }

  /** Waits until what was written is on its way, so that a fast reader does not fill the memory. */
  async drain(): Promise<void> {
    const { stream } = this.#file;
    if (stream.errored) throw stream.errored;
    if (!this.#isFull) return;
    this.#isFull = false;
    if (stream.writableNeedDrain) await once(stream, 'drain');
  }

  /** Makes both files whole. */
  async complete(): Promise<void> {
    for (const target of this.#targets()) {
      target.stream.end();
      if (!target.stream.writableFinished) await once(target.stream, 'finish');
      await target.complete();
    }
  }

  /** Removes what was written so far. */
  abandon(): void {
    for (const target of this.#targets()) {
      target.stream.destroy();
      target.abandon();
    }
  }

  #targets(): ByteTarget[] {
    return this.#ids === undefined ? [this.#file] : [this.#ids, this.#file];
  }
}

/** By the file itself, so that a link or another spelling of the path is seen through. */
function isSameFile(path: string, other: string): boolean {
  const [one, two] = [path, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return one !== undefined && two !== undefined && one.isFile() && one.ino === two.ino && one.dev === two.dev;
}
