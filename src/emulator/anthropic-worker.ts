import { rm } from 'node:fs/promises';
import type { Line } from '../records/lines.ts';
import { kindOf, resultRow } from './anthropic-rows.ts';
import { placeOf, type EmulatorContext } from './context.ts';
import type { BatchWorker } from './engine.ts';
import { bodyHash } from './executions.ts';
import type { RowAction } from './fault-actions.ts';
import { changedReply, otherReply } from './fault-replies.ts';
import { linesFor, type RowFaults } from './fault-rows.ts';
import { isObject, member, parseJson, stringMember } from './json.ts';
import { courseOf, shareDone } from './lifecycle.ts';
import { hexId, alphanumericId, seedOf } from './random.ts';
import { replyTo, type Reply } from './reply.ts';
import { RowFile } from './row-file.ts';
import { answerLines } from './rows.ts';
import type { MessageBatchOutcome, StoredMessageBatch } from './stored.ts';

/** What became of a line that was executed. */
interface Executed {
  readonly reply: Reply;
  readonly hash: string;
  readonly actions: readonly RowAction[];
}

/** A line, and what became of it; a word for one that was never executed. */
interface Row {
  readonly customId: string;
  readonly fate: Executed | 'canceled' | 'expired';
}

function linesOf({ customId, fate }: Row): readonly string[] {
  if (typeof fate === 'string') return [resultRow(customId, fate)];
  const { reply, actions, hash } = fate;
  const line = resultRow(customId, reply);
  const other = () => resultRow(customId, otherReply(reply));
  const orphan = () => resultRow(`orphan-${hash.slice(0, 12)}`, reply);
  return linesFor({ line, other, orphan, zero: () => line }, actions);
}

/** Executes Anthropic batches. */
export class AnthropicWorker implements BatchWorker {
  readonly #context: EmulatorContext;

  constructor(context: EmulatorContext) {
    this.#context = context;
  }

  pending(): string[] {
    return this.#context.store.messageBatches.newestFirst().filter(({ outcome }) => outcome === undefined).map(({ id }) => id);
  }

  async advance(batchId: string, signal: AbortSignal): Promise<number | undefined> {
    const { store, settings } = this.#context;
    const batch = store.messageBatches.get(batchId);
    if (batch === undefined || batch.outcome !== undefined) return undefined;
    const { stoppedAt } = courseOf(batch, settings.speed);
    if (settings.now() < stoppedAt) return stoppedAt;
    const outcome = await this.#process(batch, signal);
    // A cancel call that came too late to change the rows is still shown.
    await store.messageBatches.save({ ...(store.messageBatches.get(batchId) ?? batch), outcome });
    await rm(store.messageBatches.dataPath(batchId, 'requests'), { force: true });
    return undefined;
  }

  async #process(batch: StoredMessageBatch, signal: AbortSignal): Promise<MessageBatchOutcome> {
    const { store, settings, executions, faults } = this.#context;
    const { endedAt, stoppedAt, ending } = courseOf(batch, settings.speed);
    const began = settings.now();
    const counts = { succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    const rows = await RowFile.create(store.scratchPath());
    const log = await executions.begin(batch.id, store.scratchPath());
    const write = async (row: Row) => {
      const { customId, fate } = row;
      counts[kindOf(typeof fate === 'string' ? fate : fate.reply)] += 1;
      for (const line of linesOf(row)) await rows.append(line);
      if (typeof fate === 'string') return;
      const status = 'failure' in fate.reply ? fate.reply.failure.status : 200;
      await log.add({ provider: 'anthropic', batchId: batch.id, customId, hash: fate.hash, status });
    };
    try {
      const path = store.messageBatches.dataPath(batch.id, 'requests');
      const rowFaults = await faults.rowsOf('anthropic', batch, ending);
      await answerLines(path, { answer: (line) => this.#answer(batch, line, rowFaults), write, signal });
      await log.commit();
      const shuffleSeed = settings.shuffle ? seedOf(settings.seed, batch.id, 'results') : undefined;
      const { cutBytes } = rowFaults;
      await rows.finish(store.messageBatches.dataPath(batch.id, 'results'), { shuffleSeed, finalNewline: false, cutBytes });
    } finally {
      await rows.close();
      await log.close();
    }
    return { at: Math.max(endedAt, stoppedAt + settings.now() - began), ...counts };
  }

  async #answer(batch: StoredMessageBatch, { bytes, number }: Line, faults: RowFaults): Promise<Row> {
    const { seed, speed, answer } = this.#context.settings;
    const request = parseJson(bytes.toString('utf8'));
    const customId = stringMember(request, 'custom_id') ?? '';
    const { startedAt, stoppedAt, ending } = courseOf(batch, speed);
    const place = placeOf(seed, batch.id, number);
    if (place >= shareDone(batch, speed, stoppedAt)) return { customId, fate: ending === 'expired' ? 'expired' : 'canceled' };
    const params = member(request, 'params');
    const createdAt = Math.floor((startedAt + (place * batch.workMs) / speed) / 1000);
    const id = `${alphanumericId(22, seed, batch.id, number)}${hexId(42, seed, batch.id, number)}`;
    const emulated = { provider: 'anthropic', endpoint: '/v1/messages', customId, body: isObject(params) ? params : {} } as const;
    const context = { answer, identity: { id, createdAt, seed }, version: batch.version, batched: true };
    const actions = faults.actionsFor(number, customId);
    return { customId, fate: { reply: changedReply(await replyTo(emulated, context), actions), hash: bodyHash(emulated.body), actions } };
  }
}
