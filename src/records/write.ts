import { type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError, systemCodeOf } from '../errors.ts';
import { type ByteTarget, fileTarget, isClosedReader, streamTarget } from './byte-target.ts';
import { compressors } from './compression.ts';
import { delimiters, stringifyCsv } from './csv.ts';
import { checkChoice, compressionOf, compressions, type Compression, type Format, formatOf, formats } from './format.ts';
import { stringifyJson } from './json.ts';
import { stringifyJsonl } from './jsonl.ts';
import { stringifyParquet } from './parquet-write.ts';

export interface WriteOptions {
  /** @default by the extension of the file, also below `.gz` and `.zst`; needed for a stream */
  readonly format?: Format;
  /** @default by the extension of the file: `.gz`, `.zst`; none for a stream */
  readonly compression?: Compression;
  /** The columns of CSV, TSV and Parquet, in order. @default the header of the first record, else the fields of the first record */
  readonly columns?: readonly string[];
  /** What stands between the fields of CSV. @default `,`, a tab for TSV */
  readonly delimiter?: string;
}

/**
 * The end of a pipeline of records: writes them, or plain objects, to a file or a stream; keeps order. A file appears
 * under its name only when it is whole, and a file that was there stays as it is until then. `process.stdout` is not
 * ended. A reader that goes away (`| head`) ends the writing quietly.
 *
 * @throws InputError `unknown_format`, `invalid_option`, `missing_dependency`, `file_not_found` (no such folder), `unknown_column`
 * @example await pipeline(readRecords('reviews.json'), writeRecords('reviews.csv.gz'));
 */
export function writeRecords(target: string | Writable, options: WriteOptions = {}): Writable {
  const name = typeof target === 'string' ? target : '';
  const format = options.format === undefined ? formatOf(name === '' ? 'the output stream' : name) : checkChoice('format', formats, options.format);
  const compression = options.compression === undefined ? compressionOf(name) : checkChoice('compression', compressions, options.compression);
  const stages = [stringify(format, options), ...compressors(compression)];
  return new RecordSink(stages, () => (typeof target === 'string' ? fileTarget(target) : streamTarget(target)));
}

function stringify(format: Format, { columns, delimiter }: WriteOptions): Transform {
  const columnOption = columns === undefined ? {} : { columns };
  if (format === 'json') return stringifyJson();
  if (format === 'jsonl') return stringifyJsonl();
  if (format === 'parquet') return stringifyParquet(columnOption);
  return stringifyCsv({ ...columnOption, delimiter: delimiter ?? delimiters[format] });
}

/** Passes chunks to the first stage, and finishes only when the last byte has arrived. */
class RecordSink extends Writable {
  readonly #stages: readonly Transform[];
  readonly #openTarget: () => ByteTarget;
  #target: ByteTarget | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(stages: readonly Transform[], openTarget: () => ByteTarget) {
    super({ objectMode: true });
    this.#stages = stages;
    this.#openTarget = openTarget;
  }

  /** Nothing is opened before the first record or the end: a sink that is made and not used leaves no file. */
  #start(): void {
    if (this.#target !== undefined) return;
    this.#target = this.#openTarget();
    const { stream, ends } = this.#target;
    this.#written = pipeline([...this.#stages, stream], { end: ends });
    this.#written.catch((error: Error) => this.#fail(error));
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error | null) => void): void {
    this.#start();
    const [first] = this.#stages;
    // A destroyed stage means that the writing is over: quietly, or with an error that is on its way.
    if (first === undefined || first.destroyed || first.write(chunk)) return done();
    const goOn = (): void => {
      first.off('drain', goOn).off('close', goOn);
      done();
    };
    first.on('drain', goOn).on('close', goOn);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#start();
    this.#stages[0]?.end();
    this.#finish().then(() => done(), (error: Error) => done(explain(error)));
  }

  async #finish(): Promise<void> {
    try {
      await this.#written;
    } catch (error) {
      if (isClosedReader(error)) return;
      throw error;
    }
    await this.#target?.complete();
  }

  #fail(error: Error): void {
    if (!isClosedReader(error)) this.destroy(explain(error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#abandon(error).then(() => done(error), done);
  }

  async #abandon(error: Error | null): Promise<void> {
    if (this.writableFinished || this.#target === undefined) return;
    this.#stages[0]?.destroy(error ?? undefined);
    await this.#written.catch(() => {});
    await this.#target.abandon();
  }
}

function explain(error: Error): Error {
  const code = systemCodeOf(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') return error;
  return new InputError('file_not_found', `The output cannot be written: ${error.message}. Does its folder exist, and may you write to it?`, { cause: error });
}
