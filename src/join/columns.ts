import { InputError } from '../errors.ts';
import type { AnyValue } from '../records/record.ts';
import type { AnswerKinds } from '../results/line-register.ts';
import type { Outcome } from './outcome.ts';
import { plainJson } from './plain-json.ts';

/** The columns that every joined table has, without prefix, in this order. */
const standardColumns = ['status', 'reason', 'text', 'finish_reason', 'model', 'input_tokens', 'output_tokens', 'custom_id'] as const;
const optionalColumns = ['cost_usd', 'tool_calls', 'embedding', 'output', 'json', 'body'] as const;

/** Every name that a column of the outcome may have, whether it is there or not. */
export const resultColumnNames = [...standardColumns, ...optionalColumns] as const;

/** A column of a joined table, without prefix. */
export type ResultColumn = (typeof resultColumnNames)[number];

/** What decides which columns there are, known before the first record. */
export interface ResultColumnsOptions {
  /** The endpoint that was called; embeddings, moderations and the like have an answer that is no text. */
  readonly endpoint?: string;
  /** Which kinds of answers occur, where the results are at hand, or the request offers tools. */
  readonly kinds?: Partial<AnswerKinds>;
  /** Whether answers are parsed as JSON. */
  readonly parseJson?: boolean;
  /** Whether outcomes keep the provider's body. */
  readonly body?: boolean;
  /** Whether outcomes say what they cost. */
  readonly cost?: boolean;
}

const textEndpoint = /\/(chat\/completions|completions|responses|messages)$/;

/** The columns of a joined table, without prefix, in order. Pure. */
export function resultColumns({ endpoint, kinds = {}, parseJson = false, body = false, cost = false }: ResultColumnsOptions = {}): readonly ResultColumn[] {
  const isEmbedding = endpoint?.endsWith('/embeddings') === true;
  const isOther = endpoint !== undefined && !isEmbedding && !textEndpoint.test(endpoint);
  const wanted: Readonly<Record<(typeof optionalColumns)[number], boolean>> = {
    cost_usd: cost,
    tool_calls: kinds.toolCalls === true,
    embedding: isEmbedding || kinds.embedding === true,
    output: isOther || kinds.output === true,
    json: parseJson,
    body,
  };
  return [...standardColumns, ...optionalColumns.filter((column) => wanted[column])];
}

/** An outcome as the cells of a table: text and numbers as they are, everything nested as JSON. Pure. */
export function outcomeCells(outcome: Outcome<unknown>, columns: readonly ResultColumn[], prefix: string): AnyValue {
  const cells: Record<string, unknown> = {};
  for (const column of columns) cells[`${prefix}${column}`] = cellOf(outcome, column);
  return cells;
}

function cellOf(outcome: Outcome<unknown>, column: ResultColumn): unknown {
  switch (column) {
    case 'finish_reason':
      return outcome.finishReason;
    case 'input_tokens':
      return outcome.usage?.inputTokens;
    case 'output_tokens':
      return outcome.usage?.outputTokens;
    case 'custom_id':
      return outcome.customId;
    case 'cost_usd':
      return outcome.costUsd;
    case 'tool_calls':
      return jsonText(outcome.toolCalls);
    case 'json':
      return outcome.json === undefined ? undefined : JSON.stringify(plainJson(outcome.json));
    case 'embedding':
      return typeof outcome.embedding === 'string' ? outcome.embedding : jsonText(outcome.embedding);
    case 'output':
    case 'body':
      return jsonText(outcome[column]);
    default:
      return outcome[column];
  }
}

function jsonText(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** An outcome as the `result` object of joined JSON: the fields that are there, in a fixed order. Pure. */
export function outcomeObject(outcome: Outcome<unknown>): AnyValue {
  const { status, reason, text, json, toolCalls, embedding, output, finishReason, model, usage, costUsd, origin, customId, error, body } = outcome;
  const fields = { status, reason, text, json, toolCalls, embedding, output, finishReason, model, usage, costUsd, origin, customId, error, body };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The key of the `result` object: the prefix without its last underscores. */
export function resultKey(prefix: string): string {
  const key = prefix.replace(/_+$/, '');
  if (key === '') throw new InputError('invalid_option', `\`prefix\` must name the key of the result in JSON, e.g. "answer_", not "${prefix}".`);
  return key;
}
