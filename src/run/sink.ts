import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { addedNames, enrich, type EnrichOptions } from '../join/enrich.ts';
import type { JoinedRecord, OutcomeStatus } from '../join/outcome.ts';
import { openVectors, withVectors } from '../join/vectors.ts';
import { walk, type WalkInput } from '../join/walk.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import { formatOf, type Format } from '../records/format.ts';
import type { Header } from '../records/record.ts';
import { RejectsFile } from '../records/rejects.ts';
import { writeRecords } from '../records/write.ts';
import type { OutcomeSummary } from '../results/counted-outcome.ts';
import type { AnswerKinds } from '../results/line-register.ts';
import { endedBy } from '../streams.ts';
import { FailureKinds, type WholeFailure } from '../report/digest.ts';
import type { ReportBuilder, RunReport } from '../report/report.ts';
import { walkInput } from './answers.ts';
import { schemaOf } from './answer-schema.ts';
import { costOfRecord, priceAnswer } from './attempt-costs.ts';
import { Audit, checkAudit } from './audit.ts';
import type { RunCosts } from './costs.ts';
import { noteDigest } from './digest.ts';
import { factsOf } from './facts.ts';
import type { DriveOptions, SinkOptions } from './options.ts';
import { noOutcomes, type Progress } from './progress.ts';
import type { Session } from './session.ts';
import { byteOutput, writeAsBytes } from './sink-bytes.ts';
import { RunTally } from './tally.ts';

/** A run's sink, and how it is written. */
export interface Output extends DriveOptions, SinkOptions {
  readonly sink?: string | Writable;
}

const progressEvery = 5_000;

/** Joins a run, writes sink, side file and audit, and reports. Records whose fields are not known are in the side file only. */
export async function writeOutcomes(session: Session, entry: RunEntry, given: Output, progress: Progress, costs: RunCosts): Promise<RunReport> {
  const written: Written = { bytes: 0 };
  const output: Output = { ...given, write: { onBytes: (bytes) => (written.bytes = bytes), ...given.write } };
  checkAudit(output);
  await progress.enter('joining', session.ledger);
  const format = output.sink === undefined ? undefined : sinkFormat(output.sink, output);
  const header = headerOf(entry, format);
  const input = await walkInput(session, entry, output);
  const tally = new RunTally(entry, costs);
  const failures = new FailureKinds();
  let kinds: AnswerKinds = { toolCalls: asksForTools(entry), embedding: false, output: false };
  const rejects = new RejectsFile(rejectsPath(session, output));
  const audit = output.audit === undefined ? undefined : await Audit.open(output.audit, session.ledger);
  const walking: WalkInput = {
    ...input,
    ...(header ? { header } : {}),
    onRecordReject: (rejection) => rejects.add(rejection),
    onLineReject: (rejection) => {
      tally.report.addRejection(rejection);
      rejects.add(rejection);
    },
    onAttempts: (attempts, chosen, record, copyOf) => {
      const attemptCosts = tally.addAttempts(attempts, chosen, record);
      audit?.add({ record, chosen, attempts, costs: attemptCosts, ...(copyOf === undefined ? {} : { copyOf }) });
      return output.cost === true ? costOfRecord(attemptCosts) : undefined;
    },
    onIndex: ({ counts, kinds: found }) => {
      tally.report.addLines(counts.lines);
      kinds = { toolCalls: kinds.toolCalls || found.toolCalls, embedding: kinds.embedding || found.embedding, output: kinds.output || found.output };
    },
  };
  const enriching = enrichOptions(output, entry, () => kinds);
  const target = entry.records === 0 ? undefined : byteOutput(output, format, entry, walking);
  const count = counter(tally.report, failures, progress, written);
  try {
    if (target === undefined) {
      const joined = walk<unknown>(walking);
      await writeSink(output, format, enriching, entry.records === 0 ? header : undefined, counted(audit?.paced(joined) ?? joined, count));
    } else await writeAsBytes(output, { ...target, walk: walking, prefix: output.prefix ?? 'result_', columns: () => ({ ...enriching, kinds }), onOutcome: count, onAnswer: (outcome, shard) => priceAnswer(outcome, shard, tally.meter) });
    await audit?.close();
  } catch (error) {
    await audit?.abandon(error);
    throw endedBy(error, output.signal);
  } finally {
    await rejects.close();
  }
  const finished = await tally.finish(await factsOf(session, entry));
  await noteDigest(session, { report: finished, pending: 0, failures: failures.list() });
  const { outcomes, usage, cost } = finished;
  progress.update({ phase: 'done', outcomes, usage, ...(cost ? { cost: { ...cost, expectedUsd: cost.usd } } : {}) });
  return finished;
}

async function writeSink({ sink, write, embeddingFormat, signal }: Output, format: Format | undefined, options: Omit<EnrichOptions, 'format'>, header: Header | undefined, joined: AsyncIterable<JoinedRecord<unknown>>): Promise<void> {
  if (sink === undefined || format === undefined) {
    for await (const _counted of joined) continue;
    return;
  }
  const enriching = { ...options, format };
  // A table of no records still has its columns.
  const columns = header === undefined ? {} : { columns: [...header.names, ...addedNames(enriching)] };
  const sinkStage = writeRecords(sink, { ...columns, ...write, format });
  const vectors = openVectors(embeddingFormat, sink);
  const rows = withFields(joined);
  try {
    await pipeline(Readable.from(vectors === undefined ? rows : withVectors(rows, vectors)), enrich(enriching), sinkStage, signal ? { signal } : {});
    vectors?.complete();
  } catch (error) {
    vectors?.abandon();
    throw error;
  }
}

/** The columns of a table are fixed with its first record: what was asked decides, and what the results met so far hold. */
export function enrichOptions({ prefix, parseJson, body, cost, ...options }: Output, entry: RunEntry, kinds: () => AnswerKinds): Omit<EnrichOptions, 'format'> {
  const { endpoint } = entry.description;
  const schema = schemaOf(options, entry);
  return {
    kinds,
    ...(schema === undefined ? {} : { schema }),
    ...(typeof endpoint === 'string' ? { endpoint } : {}),
    ...(prefix === undefined ? {} : { prefix }),
    ...(parseJson === undefined ? {} : { parseJson }),
    ...(body === undefined ? {} : { body }),
    ...(cost === undefined ? {} : { cost }),
  };
}

export function asksForTools({ description: { request } }: RunEntry): boolean {
  return /"tools":/.test(JSON.stringify(request ?? null));
}

/** Bytes of output so far. */
interface Written {
  bytes: number;
}

/** Counts outcomes, for the report and those who watch. */
function counter(report: ReportBuilder, failures: FailureKinds, progress: Progress, written: Written): (outcome: OutcomeSummary, whole: () => WholeFailure) => void {
  const outcomes: Record<OutcomeStatus, number> = noOutcomes();
  let records = 0;
  return (outcome, whole) => {
    report.addOutcome(outcome);
    failures.add(outcome, whole);
    outcomes[outcome.status] += 1;
    records += 1;
    if (records % progressEvery === 0) progress.joined({ ...outcomes }, written.bytes);
  };
}

async function* counted(joined: AsyncIterable<JoinedRecord<unknown>>, count: ReturnType<typeof counter>): AsyncGenerator<JoinedRecord<unknown>> {
  for await (const one of joined) {
    count(one.outcome, () => one);
    yield one;
  }
}

/** A rejected record keeps its place in the output if its fields are known; a stretch leaves out the value of the others. */
async function* withFields(joined: AsyncIterable<JoinedRecord<unknown>>): AsyncGenerator<JoinedRecord<unknown>> {
  for await (const one of joined) if (one.record.value !== undefined) yield one;
}

/** The format of a sink: as told, else by its name. */
export function sinkFormat(sink: string | Writable, { write }: Output): Format {
  return write?.format ?? formatOf(typeof sink === 'string' ? sink : 'the sink');
}

/** A table of records without a header has every field that occurs, because the first record need not have them all. */
function headerOf({ header, fields }: RunEntry, format: Format | undefined): Header | undefined {
  const isTable = format === 'csv' || format === 'tsv' || format === 'parquet';
  return header ?? (isTable && fields.length > 0 ? { keys: fields, names: fields } : undefined);
}

function rejectsPath({ directory }: Session, { sink, rejects }: Output): string {
  return rejects ?? (typeof sink === 'string' ? `${sink}.rejects.jsonl` : join(directory, 'rejects.jsonl'));
}
