import { randomFrom, seedOf } from './random.ts';

/**
 * The unit vector that the emulator answers for a text: pure, so that a test can check a vector against the text it belongs
 * to. Numbers have at most 8 decimals, as OpenAI's have about.
 *
 * @param text the input; for an input of token numbers, their JSON
 * @param dimensions length of the vector
 * @example embeddingOf('ping', 256).length // 256
 */
export function embeddingOf(text: string, dimensions: number): number[] {
  const random = randomFrom(seedOf('embedding', text));
  const vector: number[] = [];
  for (let index = 0; index < dimensions; index += 1) vector.push(random() + random() - 1);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return vector.map((value) => Math.round((value / length) * 1e8) / 1e8);
}

/** The same vector as OpenAI sends it for `encoding_format: 'base64'`: 32-bit floats, little-endian. */
export function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
