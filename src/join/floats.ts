import { endianness } from 'node:os';
import type { JsonValue } from '../records/record.ts';

/** The numbers of an embedding; `undefined` for one that is no list of numbers. */
export function floatsOf(embedding: JsonValue): Float32Array | undefined {
  if (!Array.isArray(embedding) || embedding.length === 0) return undefined;
  const floats = new Float32Array(embedding.length);
  for (let at = 0; at < embedding.length; at += 1) {
    const value: unknown = embedding[at];
    if (typeof value !== 'number') return undefined;
    floats[at] = value;
  }
  return floats;
}

/** The bytes of some numbers, lowest first; on most machines the memory itself. */
export function littleEndian(floats: Float32Array): Buffer {
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
