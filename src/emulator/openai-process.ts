import { placeOf, type EmulatorContext } from './context.ts';
import { bodyHash, type ExecutionLog } from './executions.ts';
import type { RowAction } from './fault-actions.ts';
import { changedReply, otherReply } from './fault-replies.ts';
import { linesFor, type RowFaults } from './fault-rows.ts';
import { member, parseJson, stringMember, isObject } from './json.ts';
import { courseOf, shareDone, type Course } from './lifecycle.ts';
import { inputPath } from './openai-check.ts';
import { executedRow, tokensUsed, unexecutedRow, zeroRow, type RowIds } from './openai-rows.ts';
import { alphanumericId, hexId, seedOf } from './random.ts';
import { replyTo, type Reply } from './reply.ts';
import { RowFile } from './row-file.ts';
import { answerLines } from './rows.ts';
import type { BatchOutcome, StoredBatch } from './stored.ts';
import type { Line } from '../records/lines.ts';

/** What became of a line that was executed. */
interface Executed {
  readonly reply: Reply;
  readonly hash: string;
  readonly actions: readonly RowAction[];
}

/** A line, and what became of it; `undefined` for one that was never executed. */
interface Row {
  readonly ids: RowIds;
  readonly executed: Executed | undefined;
}

/** Where the rows of a batch go, and what goes wrong with them. */
interface Parts {
  readonly output: RowFile;
  readonly error: RowFile;
  readonly log: ExecutionLog;
  readonly faults: RowFaults;
}

/** Works through the lines of one batch that has stopped, and writes its result files. The same batch gives the same bytes. */
class Processing {
  readonly #batch: StoredBatch;
  readonly #context: EmulatorContext;
  readonly #course: Course;
  readonly #share: number;
  readonly #parts: Parts;
  readonly #tally = { completed: 0, failed: 0, input: 0, output: 0 };
  #toLose: number;

  constructor(batch: StoredBatch, context: EmulatorContext, parts: Parts) {
    const { speed, loseRowOnCancel } = context.settings;
    this.#batch = batch;
    this.#context = context;
    this.#parts = parts;
    this.#course = courseOf(batch, speed);
    this.#share = shareDone(batch, speed, this.#course.stoppedAt);
    this.#toLose = loseRowOnCancel && this.#course.ending === 'cancelled' ? 1 : 0;
  }

  async run(signal: AbortSignal): Promise<BatchOutcome> {
    const began = this.#context.settings.now();
    await answerLines(inputPath(this.#context, this.#batch.id), {
      answer: (line) => this.#answer(line),
      write: (row) => this.#write(row),
      signal,
    });
    const { endedAt, stoppedAt, ending } = this.#course;
    const at = Math.max(endedAt, stoppedAt + this.#context.settings.now() - began);
    const { completed, failed, ...tokens } = this.#tally;
    await this.#parts.log.commit();
    const outputFileId = await this.#finish('output', at);
    return { at, ending, completed, failed, tokens, outputFileId, errorFileId: await this.#finish('error', at) };
  }

  async #answer({ bytes, number }: Line): Promise<Row> {
    const { batch, settings } = { batch: this.#batch, settings: this.#context.settings };
    const line = parseJson(bytes.toString('utf8'));
    const customId = stringMember(line, 'custom_id') ?? '';
    const ids = { customId, id: hexId(64, settings.seed, batch.id, number) };
    const place = placeOf(settings.seed, batch.id, number);
    if (place >= this.#share) return { ids, executed: undefined };
    const body = member(line, 'body');
    const createdAt = Math.floor((this.#course.startedAt + (place * batch.workMs) / settings.speed) / 1000);
    const identity = { id: hexId(64, settings.seed, batch.id, number, 'answer'), createdAt, seed: settings.seed };
    const request = { provider: 'openai', endpoint: batch.endpoint, customId, body: isObject(body) ? body : {} } as const;
    const actions = this.#parts.faults.actionsFor(number, customId);
    const reply = changedReply(await replyTo(request, { answer: settings.answer, identity, batched: true }), actions);
    return { ids, executed: { reply, hash: bodyHash(request.body), actions } };
  }

  async #write({ ids, executed }: Row): Promise<void> {
    const { error, log } = this.#parts;
    if (executed === undefined) {
      await error.append(unexecutedRow(ids, this.#course.ending === 'expired' ? 'expired' : 'cancelled'));
      return;
    }
    const status = 'failure' in executed.reply ? executed.reply.failure.status : 200;
    await log.add({ provider: 'openai', batchId: this.#batch.id, customId: ids.customId, hash: executed.hash, status });
    if (this.#toLose > 0) this.#toLose -= 1;
    else await this.#writeExecuted(ids, executed);
  }

  async #writeExecuted(ids: RowIds, { reply, actions }: Executed): Promise<void> {
    const { output, error } = this.#parts;
    this.#count(reply);
    const texts = {
      line: executedRow(ids, reply),
      other: () => executedRow(ids, otherReply(reply)),
      orphan: () => executedRow({ ...ids, customId: `orphan-${ids.id.slice(0, 12)}` }, reply),
      zero: () => zeroRow(ids),
    };
    const file = 'failure' in reply ? error : output;
    for (const line of linesFor(texts, actions)) await file.append(line);
  }

  #count(reply: Reply): void {
    if ('failure' in reply) {
      this.#tally.failed += 1;
      return;
    }
    const { input, output } = tokensUsed(reply.body);
    this.#tally.completed += 1;
    this.#tally.input += input;
    this.#tally.output += output;
  }

  /** Makes a result file; there is none for no rows. Its id follows from the batch, so that doing it again leaves no second one. */
  async #finish(kind: 'output' | 'error', at: number): Promise<string | null> {
    const { batch, rows } = { batch: this.#batch, rows: this.#parts[kind] };
    const { store, settings } = this.#context;
    if (rows.count === 0) return null;
    const id = `file-${alphanumericId(22, settings.seed, batch.id, kind)}`;
    const shuffleSeed = settings.shuffle ? seedOf(settings.seed, batch.id, kind) : undefined;
    const bytes = await rows.finish(store.files.dataPath(id, 'data'), { shuffleSeed, finalNewline: true, cutBytes: this.#parts.faults.cutBytes });
    const names = { filename: `${batch.id}_${kind}.jsonl`, purpose: 'batch_output' };
    const expiresAt = at + batch.outputSeconds * 1000;
    await store.files.save({ id, account: batch.account, sequence: store.nextSequence(), createdAt: at, bytes, expiresAt, ...names });
    return id;
  }
}

/** Executes a batch up to the point where it stopped. @throws the signal's reason when it is aborted */
export async function processBatch(batch: StoredBatch, context: EmulatorContext, signal: AbortSignal): Promise<BatchOutcome> {
  const { store, executions, faults, settings } = context;
  const output = await RowFile.create(store.scratchPath());
  const error = await RowFile.create(store.scratchPath());
  const log = await executions.begin(batch.id, store.scratchPath());
  try {
    const rowFaults = await faults.rowsOf('openai', batch, courseOf(batch, settings.speed).ending);
    return await new Processing(batch, context, { output, error, log, faults: rowFaults }).run(signal);
  } finally {
    await output.close();
    await error.close();
    await log.close();
  }
}
