import { readdirSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import type { Compare } from '../race.ts';
import { linesOf } from './lines.ts';

/** Compares the vectors of a `.f32` file, little-endian and one after the other in the order of the source, with those in the JSON lines of a peer, to the bit. */
export function compareFloats(name: string): Compare {
  return async (reference, output) => {
    const file = readdirSync(reference).find((path) => path.endsWith('.f32'));
    if (file === undefined) return `there is no .f32 file in ${reference}`;
    const floats = float32sOf(readFileSync(join(reference, file)));
    let place = 0;
    for await (const line of linesOf(join(output, name))) {
      // Written by a peer that is compared with millrace as JSON too.
      const { id, result } = JSON.parse(line) as { id: string; result: { embedding?: readonly number[] } };
      const { embedding = [] } = result;
      const wrong = embedding.findIndex((value, at) => !Object.is(floats[place + at], Math.fround(value)));
      if (wrong !== -1) return `number ${wrong} of the vector of ${id} is ${floats[place + wrong]} instead of ${Math.fround(embedding[wrong] ?? 0)}`;
      place += embedding.length;
    }
    return place === floats.length ? undefined : `there are ${floats.length} numbers instead of ${place}`;
  };
}

function float32sOf(bytes: Buffer): Float32Array {
  const copy = Buffer.from(bytes);
  if (endianness() === 'BE') copy.swap32();
  return new Float32Array(copy.buffer, copy.byteOffset, copy.length / 4);
}
