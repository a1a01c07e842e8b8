import { outcomeCells, outcomeObject, type ResultColumn } from '../join/columns.ts';
import type { Outcome } from '../join/outcome.ts';
import { cellFormatter } from '../records/csv-cells.ts';
import { toByteText } from './byte-text.ts';

/** How an outcome is printed behind the text of its record: its *tail*. */
export type TailFormat = CellsFormat | ObjectFormat;

interface Around {
  /** Stands before each tail: a delimiter, `,"result":`. @default '' */
  readonly before?: string;
  /** Stands behind each tail: a line feed, `}\n`. @default '' */
  readonly after?: string;
}

/** As cells of a table: what `outcomeCells` and the CSV writer give together. */
export interface CellsFormat extends Around {
  readonly kind: 'cells';
  /** Without prefix, as `resultColumns` gives them. */
  readonly columns: readonly ResultColumn[];
  /** One character. */
  readonly delimiter: string;
}

/** As a JSON object: what `JSON.stringify(outcomeObject(outcome))` gives. */
export interface ObjectFormat extends Around {
  readonly kind: 'object';
}

/** Prints an outcome as its tail, in byte text. */
export type PrintTail = (outcome: Outcome) => string;

/** Makes the function that prints outcomes one by one, whatever they hold. */
export function tailPrinter(format: TailFormat): PrintTail {
  const { before = '', after = '' } = format;
  if (format.kind === 'object') return (outcome) => before + toByteText(JSON.stringify(outcomeObject(outcome))) + after;
  const cells = cellFormatter(format.delimiter);
  return (outcome) => before + toByteText(cells(Object.values(outcomeCells(outcome, format.columns, '')))) + after;
}
