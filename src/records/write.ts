import { PassThrough, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError, messageOf, systemCodeOf } from '../errors.ts';
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
  /** Told, chunk by chunk, how many bytes were written so far, where the target counts them: files and sockets do. */
  readonly onBytes?: (bytes: number) => void;
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
  return new RecordSink(stages, () => (typeof target === 'string' ? fileTarget(target) : streamTarget(target)), options.onBytes);
}

/** Options of {@link writeBytes}. */
export interface WriteBytesOptions extends Pick<WriteOptions, 'compression' | 'onBytes'> {
  /** Told how many of the bytes that came in are in the file, so that their memory is free again. Where it is not known when that is, it is never told. */
  readonly onWritten?: (bytes: number) => void;
}

/** The end of a pipeline of bytes that are a file of records already: the same ending as {@link writeRecords} in all else. */
export function writeBytes(target: string | Writable, { compression: asked, onBytes, onWritten }: WriteBytesOptions = {}): Writable {
  const compression = asked === undefined ? compressionOf(typeof target === 'string' ? target : '') : checkChoice('compression', compressions, asked);
  const [first = new PassThrough(), ...stages] = compressors(compression);
  // What stands in a stream, or is compressed, may be waiting still.
  const isKnown = compression === 'none' && typeof target === 'string';
  const watch = (bytes: number): void => {
    onBytes?.(bytes);
    if (isKnown) onWritten?.(bytes);
  };
  return new RecordSink([first, ...stages], () => (typeof target === 'string' ? fileTarget(target) : streamTarget(target)), watch);
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
  readonly #onBytes: ((bytes: number) => void) | undefined;
  #target: ByteTarget | undefined;
  #written: Promise<void> = Promise.resolve();

  constructor(stages: readonly Transform[], openTarget: () => ByteTarget, onBytes: ((bytes: number) => void) | undefined) {
    super({ objectMode: true });
    this.#stages = stages;
    this.#openTarget = openTarget;
    this.#onBytes = onBytes;
  }

  /** Nothing is opened before the first record or the end: a sink that is made and not used leaves no file. */
  #start(): Transform | undefined {
    const [first] = this.#stages;
    if (this.#target !== undefined) return first;
    this.#target = this.#openTarget();
    this.#written = pipeline([...this.#stages, this.#target.stream], { end: this.#target.ends });
    this.#written.catch((error: unknown) => {
      if (!isClosedReader(error)) this.destroy(explain(error));
    });
    return first;
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      passOn(chunk, this.#start(), done);
      if (this.#onBytes && this.#target && 'bytesWritten' in this.#target.stream) this.#onBytes(Number(this.#target.stream.bytesWritten));
    } catch (error) {
      done(explain(error));
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#finish().then(() => done(), (error: unknown) => done(explain(error)));
  }

  async #finish(): Promise<void> {
    this.#start()?.end();
    try {
      await this.#written;
    } catch (error) {
      if (isClosedReader(error)) return;
      throw error;
    }
    await this.#target?.complete();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.writableFinished || this.#target === undefined) return done(error);
    const target = this.#target;
    const abandon = (): void => target.abandon();
    this.#stages[0]?.destroy(error ?? undefined);
    // At once, because a failed pipeline does not wait for this stream to close; and again, for systems that keep open files.
    tryTo(abandon);
    this.#written.catch(() => {}).then(abandon).then(() => done(error), done);
  }
}

/** Calls back once the stage can take more. */
function passOn(chunk: unknown, stage: Transform | undefined, done: () => void): void {
  // A destroyed stage means that the writing is over: quietly, or with an error that is on its way.
  if (stage === undefined || stage.destroyed || stage.write(chunk)) return done();
  const goOn = (): void => {
    stage.off('drain', goOn).off('close', goOn);
    done();
  };
  stage.on('drain', goOn).on('close', goOn);
}

function tryTo(step: () => void): void {
  try {
    step();
  } catch {
    // The second attempt reports what is still wrong.
  }
}

function explain(error: unknown): Error {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') {
    return new InputError('file_not_found', `The output cannot be written: ${messageOf(error)}. Does its folder exist, and may you write to it?`, { cause: error });
  }
  return error instanceof Error ? error : new Error(messageOf(error));
}
