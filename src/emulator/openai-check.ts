import { copyFile, link } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import type { EmulatorContext } from './context.ts';
import { FileCheck, fileProblem, tokenLimitProblem } from './openai-validation.ts';
import { linesOf } from './rows.ts';
import type { StoredBatch, Validation } from './stored.ts';

/** The batch's own hold on the bytes of its input: deleting the file at the API does not disturb a batch that runs. */
export function inputPath({ store }: EmulatorContext, batchId: string): string {
  return store.batches.dataPath(batchId, 'input');
}

/** Not all file systems have hard links. */
async function hold(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return;
    await copyFile(from, to);
  }
}

/**
 * Checks the input file of a batch, at the moment the provider would.
 * @param at when the check counts as done, in Unix milliseconds
 */
export async function checkBatch(batch: StoredBatch, at: number, context: EmulatorContext, signal: AbortSignal): Promise<Validation> {
  const { store, settings, faults } = context;
  const problem = faults.course.problemOf(batch);
  if (problem !== undefined) return { at, total: 0, model: null, tokens: 0, problems: [problem] };
  const check = new FileCheck(batch.endpoint, settings.validationErrors);
  const file = store.files.get(batch.inputFileId, batch.account);
  if (file?.purpose !== 'batch') return { at, total: 0, model: null, tokens: 0, problems: [fileProblem] };
  await hold(store.files.dataPath(file.id, 'data'), inputPath(context, batch.id));
  for await (const lines of linesOf(inputPath(context, batch.id))) {
    signal.throwIfAborted();
    for (const { bytes } of lines) check.add(bytes);
    if (check.isSettled) break;
  }
  return withinQueue(batch, check.finish(at), context);
}

function withinQueue(batch: StoredBatch, validation: Validation, { store, settings, faults }: EmulatorContext): Validation {
  const { model, tokens, problems } = validation;
  if (problems.length > 0 || model === null) return validation;
  const waiting = store.batches.newestFirst(batch.account).filter((other) => other.id !== batch.id && holdsQueue(other, model, validation.at));
  const enqueued = waiting.reduce((sum, other) => sum + (other.validation?.tokens ?? 0), tokens);
  const limit = enqueued > settings.enqueuedTokenLimit ? settings.enqueuedTokenLimit : faults.course.queueLimit(batch, { tokens: enqueued, batches: waiting.length + 1 });
  return limit === undefined ? validation : { ...validation, problems: [tokenLimitProblem(model, batch.account, limit)] };
}

function holdsQueue({ validation, outcome }: StoredBatch, model: string, now: number): boolean {
  if (validation?.model !== model || validation.problems.length > 0) return false;
  return outcome === undefined || outcome.at > now;
}
