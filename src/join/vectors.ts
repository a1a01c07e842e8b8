import type { Writable } from 'node:stream';
import { InputError } from '../errors.ts';
import type { JsonValue } from '../records/record.ts';
import { floatsOf, littleEndian } from './floats.ts';
import type { JoinedRecord, Outcome } from './outcome.ts';
import { VectorFile } from './vector-file.ts';

/** How embeddings are written: as JSON lists, as texts of base64, or to a file of their own. */
export const embeddingFormats = ['json', 'base64', 'float32'] as const;
/** One of {@link embeddingFormats}. */
export type EmbeddingFormat = (typeof embeddingFormats)[number];

/** Where embeddings go, on their way into an output. */
export interface VectorSink {
  /** What stands in the output in place of an embedding. Called once for each, in the order of the output. */
  place(embedding: JsonValue): JsonValue;
  /** The same for the numbers of one, which are not kept; `undefined` where it stays in the output as it is. */
  placeFloats(floats: Float32Array): JsonValue | undefined;
  /** Makes what was written beside the output appear there. */
  complete(): void;
  /** Removes it. */
  abandon(): void;
}

/**
 * Opens the sink of a format; `undefined` where embeddings stay as they are.
 *
 * @param sink where the output goes: vectors go to a file beside it
 * @throws InputError `invalid_option` for `float32` beside something that is no path
 */
export function openVectors(format: EmbeddingFormat | undefined, sink: string | Writable | undefined): VectorSink | undefined {
  checkEmbeddingFormat(format, sink);
  if (format === 'base64') return base64Vectors;
  return format === 'float32' && typeof sink === 'string' ? new VectorFile(sink) : undefined;
}

/** Refuses a format that is not known, or needs an output beside which a file can stand. */
export function checkEmbeddingFormat(format: EmbeddingFormat | undefined, sink: string | Writable | undefined): void {
  if (format === undefined) return;
  if (!embeddingFormats.includes(format)) throw new InputError('invalid_option', `The embedding format must be one of ${embeddingFormats.join(', ')}, not ${JSON.stringify(format)}.`);
  if (format === 'float32' && typeof sink !== 'string') throw new InputError('invalid_option', 'The embedding format float32 writes a file beside the output: give the output a path, or take base64.');
}

/** An outcome whose embedding went to a sink, if there is one. */
export function placedIn<Json>(outcome: Outcome<Json>, vectors: Pick<VectorSink, 'place'> | undefined): Outcome<Json> {
  return vectors === undefined || outcome.embedding === undefined ? outcome : { ...outcome, embedding: vectors.place(outcome.embedding) };
}

/** The same for joined records, one by one. */
export async function* withVectors<T, Json>(joined: AsyncIterable<JoinedRecord<T, Json>>, vectors: VectorSink): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  for await (const { record, outcome } of joined) yield { record, outcome: placedIn(outcome, vectors) };
}

const base64Vectors: VectorSink = {
  place(embedding) {
    const floats = floatsOf(embedding);
    return floats === undefined ? embedding : base64Of(floats);
  },
  placeFloats: base64Of,
  complete() {},
  abandon() {},
};

function base64Of(floats: Float32Array): string {
  return littleEndian(floats).toString('base64');
}
