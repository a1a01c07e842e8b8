import { Readable, Transform, type TransformCallback } from 'node:stream';
import { isSourceRecord, sourceRecord } from './records/record.ts';

/**
 * The iterator of an object stream. Node types the chunks of every stream as text or bytes; the second half says what they
 * are, so that `for await` and the functions of a `pipeline` know. `pipeline` accepts no stream without the first half.
 */
export type ChunkIterator<Out> = NodeJS.AsyncIterator<string | Buffer> & NodeJS.AsyncIterator<Out>;

/** A `Transform` in object mode whose chunk types the compiler knows. Every stage of millrace is one. */
export class ObjectTransform<In, Out> extends Transform {
  /** Never set: carries the chunk types, so that your own code can infer them. */
  declare readonly chunkTypes?: { readonly in: (chunk: In) => void; readonly out: Out };
  declare [Symbol.asyncIterator]: () => ChunkIterator<Out>;
}

/** A `Readable` in object mode whose chunk type the compiler knows: the head of a pipeline. */
export class ObjectReadable<Out> extends Readable {
  declare [Symbol.asyncIterator]: () => ChunkIterator<Out>;
}

type Output<Out> = Iterable<Out> | AsyncIterable<Out>;

export interface TransformOptions<Out> {
  /** Runs after the last chunk; what it yields ends the stream. */
  readonly final?: () => Output<Out>;
}

/**
 * Makes a stage of your own from a generator that yields none, one or many outputs for each chunk. Keeps order.
 *
 * Between stages of records, the generator sees the value of each record, and what it yields become records again,
 * numbered anew and with the source line they came from. Any other chunk (a joined record, your own object) is passed as it is.
 *
 * @example
 * const splitParagraphs = transform<Page, Paragraph>(function* (page) {
 *   for (const text of page.text.split('\n\n')) yield { ...page, text };
 * });
 */
export function transform<In, Out>(
  generator: (chunk: In) => Output<Out>,
  { final }: TransformOptions<Out> = {},
): ObjectTransform<In, Out> {
  return new GeneratorTransform(generator, final);
}

class GeneratorTransform<In, Out> extends ObjectTransform<In, Out> {
  readonly #generator: (chunk: In) => Output<Out>;
  readonly #final: (() => Output<Out>) | undefined;
  #outputs = 0;
  #sawRecords = false;
  #resume: (() => void) | undefined;

  constructor(generator: (chunk: In) => Output<Out>, final: (() => Output<Out>) | undefined) {
    super({ objectMode: true });
    this.#generator = generator;
    this.#final = final;
  }

  override _transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
    if (isSourceRecord(chunk)) {
      this.#sawRecords = true;
      // The caller says what the values are; records are unwrapped on its behalf.
      this.#pump(() => this.#generator(chunk.value as In), chunk.line).then(() => done(), done);
      return;
    }
    this.#pump(() => this.#generator(chunk as In)).then(() => done(), done);
  }

  override _flush(done: TransformCallback): void {
    const final = this.#final;
    if (final === undefined) done();
    else this.#pump(final).then(() => done(), done);
  }

  override _read(size: number): void {
    const resume = this.#resume;
    this.#resume = undefined;
    if (resume) resume();
    else super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#resume?.();
    super._destroy(error, callback);
  }

  /** Pushes what a generator yields, one at a time as the reader asks; `for await` closes it when the stream is destroyed. */
  async #pump(start: () => Output<Out>, line?: number): Promise<void> {
    for await (const output of start()) {
      if (this.destroyed) return;
      const chunk = this.#sawRecords ? sourceRecord(this.#outputs, output, line) : output;
      this.#outputs += 1;
      if (!this.push(chunk) && !this.destroyed) await new Promise<void>((resolve) => (this.#resume = resolve));
    }
  }
}

/** What an aborted pipeline ended for: Node says only that it was aborted. Any other error is what it is. */
export function endedBy(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true && error instanceof Error && error.name === 'AbortError' ? signal.reason : error;
}
