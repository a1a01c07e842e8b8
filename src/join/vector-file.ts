import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError, messageOf } from '../errors.ts';
import type { JsonValue } from '../records/record.ts';
import { floatsOf, littleEndian } from './floats.ts';
import type { VectorSink } from './vectors.ts';

/** What a file of vectors holds, beside it as `<file>.json`. */
export interface VectorManifest {
  readonly format: 'float32';
  readonly byteOrder: 'little';
  /** Its name, without folder. */
  readonly file: string;
  /** Numbers in a vector; 0 where there is none. */
  readonly dimensions: number;
  /** Vectors, each of `dimensions * 4` bytes, one behind the other. */
  readonly count: number;
}

const chunkBytes = 1024 * 1024;

/**
 * Vectors in a file beside an output, `<output>.f32`: 32-bit numbers, lowest byte first, one vector behind the other in the order of the output. In
 * the output stands the number of the vector in that file, from 0. `<output>.f32.json` says how many there are, and of which size.
 *
 * What is no list of numbers, or one of another length than the first, stays in the output as it is: a file has vectors of one size. Both files
 * appear when the output is whole.
 *
 * @example numpy.fromfile('vectors.jsonl.f32', '<f4').reshape(-1, dimensions)[record['result']['embedding']]
 */
export class VectorFile implements VectorSink {
  readonly #path: string;
  readonly #temporary: string;
  readonly #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  #file: number | undefined;
  #used = 0;
  #dimensions = 0;
  #count = 0;

  /** @param output path of the output */
  constructor(output: string) {
    this.#path = `${output}.f32`;
    this.#temporary = join(dirname(output), `.${basename(this.#path)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      this.#file = openSync(this.#temporary, 'wx');
    } catch (cause) {
      throw new InputError('file_not_found', `The vectors cannot be written: ${messageOf(cause)}. Does the folder of the output exist, and may you write to it?`, { file: this.#path, cause });
    }
  }

  place(embedding: JsonValue): JsonValue {
    const floats = floatsOf(embedding);
    return (floats && this.placeFloats(floats)) ?? embedding;
  }

  placeFloats(floats: Float32Array): number | undefined {
    if (this.#count > 0 && floats.length !== this.#dimensions) return undefined;
    this.#dimensions = floats.length;
    this.#write(littleEndian(floats));
    this.#count += 1;
    return this.#count - 1;
  }

  complete(): void {
    this.#flush();
    this.#close();
    renameSync(this.#temporary, this.#path);
    const manifest: VectorManifest = { format: 'float32', byteOrder: 'little', file: basename(this.#path), dimensions: this.#dimensions, count: this.#count };
    writeFileSync(`${this.#path}.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  }

  abandon(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#chunk, this.#used, at);
      at += count;
      this.#used += count;
      if (this.#used === this.#chunk.length) this.#flush();
    }
  }

  #flush(): void {
    if (this.#file === undefined) return;
    for (let at = 0; at < this.#used; ) at += writeSync(this.#file, this.#chunk, at, this.#used - at);
    this.#used = 0;
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
