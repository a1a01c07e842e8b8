import { parentPort } from 'node:worker_threads';
import { messageOf, systemCodeOf } from '../errors.ts';
import { countTexts, loadEncoding, type CountPiece, type EncodingName } from './count-tokens.ts';

/** Texts to count: one list for each request. */
export interface CountJob {
  readonly id: number;
  readonly requests: readonly { readonly encoding: EncodingName; readonly texts: readonly string[]; readonly extras: readonly string[] }[];
}

/** Their tokens, or why there are none. */
export interface CountAnswer {
  readonly id: number;
  readonly counts?: readonly { readonly texts: number; readonly extras: number }[];
  readonly failure?: { readonly message: string; readonly isMissing: boolean };
}

const encodings = new Map<EncodingName, Promise<CountPiece>>();

async function countAll({ id, requests }: CountJob): Promise<CountAnswer> {
  const counts = [];
  for (const { encoding, texts, extras } of requests) {
    const loading = encodings.get(encoding) ?? loadEncoding(encoding);
    encodings.set(encoding, loading);
    const count = await loading;
    counts.push({ texts: countTexts(texts, count), extras: countTexts(extras, count) });
  }
  return { id, counts };
}

parentPort?.on('message', (job: CountJob) => {
  const fail = (error: unknown): CountAnswer => ({ id: job.id, failure: { message: messageOf(error), isMissing: systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND' } });
  void countAll(job)
    .catch(fail)
    .then((answer) => parentPort?.postMessage(answer));
});
