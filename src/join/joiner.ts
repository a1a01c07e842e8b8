import { InputError, type ErrorCode } from '../errors.ts';
import type { AnyValue, JsonValue, OnReject, Rejection, SourceRecord } from '../records/record.ts';
import type { ReportBuilder } from '../report/report.ts';
import type { CustomIdSource } from '../requests/custom-id.ts';
import { safeCustomId } from '../requests/safe-id.ts';
import { IdTable } from '../results/id-table.ts';
import type { ParseResult } from '../results/parse.ts';
import { rejectOrphans } from '../results/orphans.ts';
import { ResultFinder } from '../results/result-finder.ts';
import type { ResultFileInput } from '../results/result-files.ts';
import type { AnswerKinds } from '../results/line-register.ts';
import { ResultIndex } from '../results/result-index.ts';
import { checkedOutcome } from './check-outcome.ts';
import { outcomeOf, type JoinedRecord, type Outcome, type TypedRules } from './outcome.ts';
import { placeOf, sourceIds, type SourceId } from './source-id.ts';

export interface JoinOptions<T = AnyValue, Json = JsonValue> extends TypedRules<T, Json> {
  /** Result files, of any provider and in any order: output files, error files, of one batch or many. */
  readonly results: string | ResultFileInput | readonly (string | ResultFileInput)[];
  /** @default the custom_id that records get by default, made from their index */
  readonly customId?: CustomIdSource<T>;
  /** Receives result lines that found no record (`orphan`, `duplicate_result`, `unparsable`, `unrecognized`). Without it the first of them ends the join. */
  readonly onReject?: OnReject;
  /** Counts every outcome and every line that is rejected; `onReject` need not count them again. */
  readonly report?: ReportBuilder;
  /** @default the result lines of OpenAI, the servers that speak its wire, and Anthropic */
  readonly parseResult?: ParseResult;
  /**
   * Where temporary files go, if there are more results than memory should hold.
   * @default the system's temporary directory
   */
  readonly tempDirectory?: string;
  /**
   * Threads that read large result files, this one among them, which also reads the source and writes. Not used with `parseResult`: functions cannot be sent to threads.
   * @default 1: none beside this one
   */
  readonly threads?: number;
  /** Ends the join. */
  readonly signal?: AbortSignal;
}

/** The join apart from streams: opened over the result files, it gives each record its outcome, and at the end tells what is left over. */
export class Joiner<T = AnyValue, Json = JsonValue> {
  readonly #index: ResultIndex;
  readonly #results: ResultFinder;
  readonly #options: JoinOptions<T, Json>;
  readonly #seen: IdTable;
  readonly #idOf: (record: SourceRecord<T>) => SourceId;
  readonly #onReject: OnReject | undefined;
  #records = 0;
  #met = 0;
  #sampleId: string | undefined;

  private constructor(index: ResultIndex, options: JoinOptions<T, Json>, onReject: OnReject | undefined) {
    this.#index = index;
    this.#results = new ResultFinder(index, options);
    this.#options = options;
    this.#seen = new IdTable(spillOf(options));
    this.#idOf = sourceIds(options.customId);
    this.#onReject = onReject;
  }

  /** Indexes the result files. */
  static async open<T, Json>(options: JoinOptions<T, Json>, signal?: AbortSignal): Promise<Joiner<T, Json>> {
    const onReject = countedReject(options);
    const index = await openResults(options, onReject, signal);
    options.report?.addLines(index.counts.lines);
    return new Joiner(index, options, onReject);
  }

  /** Which kinds of answers the result files hold. */
  get kinds(): AnswerKinds {
    return this.#index.kinds;
  }

  /** The record with its outcome: exactly one for each record, a record without a usable or unique id included. */
  join(record: SourceRecord<T>): JoinedRecord<T, Json> {
    this.#records += 1;
    const outcome = checkedOutcome(this.#outcomeOf(record), record, this.#options.check);
    this.#options.report?.addOutcome(outcome);
    // What the schema made has the type that the schema has.
    return { record, outcome: outcome as Outcome<Json> };
  }

  /** Reports the results that met no record. Fails with `no_match` where not one of them did. */
  finish(): void {
    finishJoin(this.#index, { records: this.#records, met: this.#met, sampleId: this.#sampleId }, this.#onReject);
  }

  /** Frees memory and files. */
  close(): void {
    this.#index.close();
    this.#seen.close();
  }

  #outcomeOf(record: SourceRecord<T>): Outcome {
    const source = this.#idOf(record);
    if (!('id' in source)) return rejected('', source.code, source.message);
    const duplicate = this.#duplicateOf(record, source.id);
    if (duplicate !== undefined) return rejected(source.id, 'duplicate_custom_id', duplicate);
    this.#sampleId ??= source.id;
    // An id that the provider would have refused went on the wire as its safe stand-in.
    const result = this.#results.find(source.id) ?? this.#results.find(safeCustomId(source.id));
    if (result !== undefined) this.#met += 1;
    // Not spread, which costs ten times as much.
    return outcomeOf(result, Object.assign({}, this.#options, { customId: source.id }));
  }

  /** Says which earlier record has the same id. Ids made from the index are unique. */
  #duplicateOf(record: SourceRecord<T>, id: string): string | undefined {
    if (this.#options.customId === undefined) return undefined;
    const earlier = this.#seen.add(id, record.line ?? record.index);
    if (earlier === undefined) return undefined;
    return duplicateOf(record, id, earlier);
  }
}

/** Indexes the result files of a join. */
export async function openResults<T, Json>(options: JoinOptions<T, Json>, onReject: OnReject | undefined, signal: AbortSignal | undefined): Promise<ResultIndex> {
  const files = Array.isArray(options.results) ? options.results : [options.results];
  if (files.length === 0) throw new InputError('invalid_option', '`results` names no file; give at least one result file.');
  return ResultIndex.open(files, {
    rules: options,
    ...spillOf(options),
    ...(onReject === undefined ? {} : { onReject }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.parseResult === undefined ? {} : { parseResult: options.parseResult }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What is said of a record whose id an earlier one had, in that line or at that index. */
export function duplicateOf(record: Pick<SourceRecord, 'index' | 'line'>, id: string, earlier: number): string {
  const other = record.line === undefined ? `record ${earlier}` : `the record in line ${earlier}`;
  return `The custom_id ${JSON.stringify(id)} of ${placeOf(record)} is already that of ${other}, which keeps the result.`;
}

/** What a join met: `sampleId` is an id of a record, for the message where nothing met. */
export interface Meetings {
  readonly records: number;
  readonly met: number;
  readonly sampleId: string | undefined;
}

/** Ends a join: reports the results that met no record. Fails with `no_match` where not one of them did. */
export function finishJoin(index: ResultIndex, { records, met, sampleId }: Meetings, onReject: OnReject | undefined): void {
  const nothingMet = records > 0 && met === 0 && index.counts.lines > 0;
  if (!nothingMet || onReject !== undefined) rejectOrphans(index, onReject);
  if (!nothingMet) return;
  const [sample] = index.unmet();
  const results = sample === undefined ? 'no line of the result files is a result' : `the results have ids such as ${JSON.stringify(sample.customId)}`;
  const named = sampleId === undefined ? 'no record has a usable custom_id' : `the records have ids such as ${JSON.stringify(sampleId)}`;
  throw new InputError('no_match', `No result meets any of ${records} records: ${named}, and ${results}. Check the result files and the id field.`);
}

/** The outcome of a record that takes no part in the join. */
export function rejected(customId: string, code: ErrorCode, message: string): Outcome {
  return { status: 'rejected', reason: code, customId, error: { code, message } };
}

function spillOf({ tempDirectory }: Pick<JoinOptions, 'tempDirectory'>): { readonly directory?: string } {
  return tempDirectory === undefined ? {} : { directory: tempDirectory };
}

function countedReject({ onReject, report }: Pick<JoinOptions, 'onReject' | 'report'>): OnReject | undefined {
  if (onReject === undefined || report === undefined) return onReject;
  return (rejection: Rejection) => {
    report.addRejection(rejection);
    onReject(rejection);
  };
}
