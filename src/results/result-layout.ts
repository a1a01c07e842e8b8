import type { JsonObject } from '../records/record.ts';
import type { BatchResult } from './result.ts';

/** The way from a result line to one of its values. */
export type JsonPath = readonly (string | number)[];

/** Where token counts stand, each a whole number that is not negative. What is left out is not told. */
export interface UsageLayout {
  /** Their sum is the input. */
  readonly input: readonly JsonPath[];
  readonly output?: JsonPath;
  readonly cached?: JsonPath;
  readonly cacheWrite?: JsonPath;
  readonly reasoning?: JsonPath;
}

/**
 * Which values of a result line decide on its result. With it a line of the same structure (the same keys in the same order, the same
 * kinds of values) is read without being parsed: see `LineScanner`.
 *
 * Every string and number that `parseResult` looks at must be named, as a part or as decisive. `null`, `true`, `false`, empty lists and
 * objects need not be: they belong to the structure.
 */
export interface ResultLayout {
  /** A string. */
  readonly customId: JsonPath;
  /** A string that is not empty. */
  readonly requestId?: JsonPath;
  /** A string: the whole text of the answer. */
  readonly text?: JsonPath;
  /** A list of numbers that is not empty: the whole embedding. */
  readonly embedding?: JsonPath;
  readonly usage?: UsageLayout;
  /** Strings and numbers on which the rest of the result depends: another value makes another structure. Paths that lead nowhere are ignored. */
  readonly decisive: readonly JsonPath[];
}

/** The layouts of the lines that a function parses. */
export interface ResultLayouts {
  /** The function whose results are meant: the layouts hold for no other one. */
  readonly describes: (line: JsonObject) => BatchResult | undefined;
  /** The layout of an answered line; `undefined` for one that must be parsed each time. Pure. */
  readonly layoutOf: (line: JsonObject) => ResultLayout | undefined;
}
