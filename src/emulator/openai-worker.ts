import { rm } from 'node:fs/promises';
import type { EmulatorContext } from './context.ts';
import type { BatchWorker } from './engine.ts';
import { courseOf, type Course } from './lifecycle.ts';
import { checkBatch, inputPath } from './openai-check.ts';
import { processBatch } from './openai-process.ts';
import type { BatchOutcome, StoredBatch } from './stored.ts';

/** Whether a batch will never move again. */
function isOver({ outcome, validation }: StoredBatch): boolean {
  return outcome !== undefined || (validation !== undefined && validation.problems.length > 0);
}

/** A batch that was canceled while it was still being checked: no row ran, no file is written. */
function emptyOutcome({ endedAt: at, ending }: Course): BatchOutcome {
  return { at, ending, completed: 0, failed: 0, tokens: { input: 0, output: 0 }, outputFileId: null, errorFileId: null };
}

/** Checks and executes OpenAI batches. */
export class OpenAIWorker implements BatchWorker {
  readonly #context: EmulatorContext;

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  pending(): string[] {
    return this.#context.store.batches.newestFirst().filter((batch) => !isOver(batch)).map(({ id }) => id);
  }

  async advance(batchId: string, signal: AbortSignal): Promise<number | undefined> {
    const { store, settings } = this.#context;
    const batch = store.batches.get(batchId);
    if (batch === undefined || isOver(batch)) return undefined;
    const course = courseOf(batch, settings.speed);
    const due = batch.validation === undefined ? Math.min(course.startedAt, course.stoppedAt) : course.stoppedAt;
    if (settings.now() < due) return due;
    if (batch.validation !== undefined) return this.#process(batch, signal);
    if (course.stoppedAt < course.startedAt) return this.#save(batchId, { outcome: emptyOutcome(course) });
    await this.#save(batchId, { validation: await checkBatch(batch, course.startedAt, this.#context, signal) });
    return this.advance(batchId, signal);
  }

  async #process(batch: StoredBatch, signal: AbortSignal): Promise<undefined> {
    const outcome = await processBatch(batch, this.#context, signal);
    await this.#save(batch.id, { outcome });
    await rm(inputPath(this.#context, batch.id), { force: true });
  }

  /** Adds a fact to the batch as it is by now: it may have been canceled meanwhile. */
  async #save(batchId: string, fact: Partial<StoredBatch>): Promise<undefined> {
    const { batches } = this.#context.store;
    const batch = batches.get(batchId);
    if (batch !== undefined) await batches.save({ ...batch, ...fact });
  }
}
