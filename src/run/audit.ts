import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { InputError, messageOf } from '../errors.ts';
import type { Attempt } from '../join/walk.ts';
import type { BatchEntry, Ledger } from '../ledger/ledger.ts';
import { formatOf } from '../records/format.ts';
import { writeRecords } from '../records/write.ts';
import type { ResultError } from '../results/result.ts';
import { auditLines, type AuditedRecord, type Sending } from './audit-lines.ts';
import type { SinkOptions } from './options.ts';

/** Where an audit goes, and the sink beside it. */
interface AuditTarget extends Pick<SinkOptions, 'audit' | 'rejects'> {
  readonly sink?: string | Writable;
}

/**
 * Refuses an audit that would not be what its name says, or take the place of another output.
 *
 * @throws InputError `unknown_format`, `invalid_option`
 */
export function checkAudit({ audit, sink, rejects }: AuditTarget): void {
  if (audit === undefined) return;
  if (formatOf(audit) !== 'jsonl') throw new InputError('invalid_option', `The audit (--audit) is JSON lines: name it .jsonl, or .jsonl.gz, not ${audit}.`, { file: audit });
  const others = typeof sink === 'string' ? [sink, rejects ?? `${sink}.rejects.jsonl`] : [rejects ?? ''];
  if (others.some((other) => other !== '' && resolve(other) === resolve(audit))) throw new InputError('invalid_option', `The audit (--audit) would replace another output, ${audit}: choose another file.`, { file: audit });
}

/** The audit of a run while it is written. It appears under its name once it is whole. Records come in source order. */
export class Audit {
  readonly #sendingsOf: AuditedRecord['sendingsOf'];
  readonly #stream: Writable;
  readonly #written: Promise<void>;

  private constructor(path: string, sendingsOf: AuditedRecord['sendingsOf']) {
    this.#sendingsOf = sendingsOf;
    this.#stream = writeRecords(path, { format: 'jsonl' });
    this.#written = finished(this.#stream);
    // Whoever writes next, or ends it, is told.
    this.#written.catch(() => undefined);
  }

  static async open(path: string, ledger: Ledger): Promise<Audit> {
    return new Audit(path, await sendings(ledger));
  }

  /** Adds the lines of a record. */
  add(record: Omit<AuditedRecord, 'sendingsOf'>): void {
    for (const line of auditLines({ ...record, sendingsOf: this.#sendingsOf })) this.#stream.write(line);
  }

  /** Passes records on as fast as their lines are written. */
  async *paced<One>(records: AsyncIterable<One>): AsyncGenerator<One, void, undefined> {
    for await (const one of records) {
      if (this.#stream.destroyed) await this.#written;
      if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
      yield one;
    }
  }

  /** Ends the file: it is there when the promise resolves. */
  async close(): Promise<void> {
    this.#stream.end();
    await this.#written;
  }

  /** Leaves no file, or the one that was there before. @param cause why it cannot be whole */
  async abandon(cause: unknown): Promise<void> {
    // With an error, so that whoever waits for room goes on as well.
    this.#stream.destroy(cause instanceof Error ? cause : new Error(messageOf(cause)));
    await this.#written.catch(() => undefined);
  }
}

/** Finds what the ledger knows of the sendings of a request. */
export async function sendings(ledger: Ledger): Promise<(attempt: Attempt) => readonly Sending[]> {
  const [shards, batches, sends] = await Promise.all([ledger.shards(), ledger.batches(), ledger.sends()]);
  const batchesByShard = new Map(shards.map(({ number, batchId }) => [number, sendingsIn(batches.filter(({ shard }) => shard === number), batchId)]));
  // Of several calls for a request the last one settled it.
  const sendByRequest = new Map(sends.map((send) => [`${send.shard}:${send.position}`, send]));
  return ({ shard: { number, via }, position }) => {
    if (via !== 'send') return batchesByShard.get(number) ?? [{}];
    const send = sendByRequest.get(`${number}:${position}`);
    return [{ batch: 'synchronous', ...(send && { createdAt: send.startedAt }), ...(send?.settledAt === undefined ? {} : { endedAt: send.settledAt }) }];
  };
}

/** The batches of a shard, that which it has last: the others were refused for a cause that passes, such as a full queue. */
function sendingsIn(batches: readonly BatchEntry[], current: string | undefined): readonly Sending[] {
  const earlier = batches.filter(({ id }) => id !== current).toSorted((a, b) => a.createdAt - b.createdAt);
  const last = batches.find(({ id }) => id === current);
  return [...earlier.map((batch) => ({ ...sendingBy(batch), refusal: refusalOf(batch) })), last === undefined ? {} : sendingBy(last)];
}

function sendingBy({ id, createdAt, endedAt }: BatchEntry): Sending {
  return { batch: id, createdAt, ...(endedAt === undefined ? {} : { endedAt }) };
}

function refusalOf({ problems: [first], rawStatus }: BatchEntry): ResultError {
  return { code: first?.code ?? 'batch_failed', message: first?.message ?? rawStatus };
}
