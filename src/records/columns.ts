import { InputError } from '../errors.ts';
import type { Header } from './record.ts';
import type { OutputRecord } from './stringify-stage.ts';

/**
 * The columns of a tabular output, fixed at the first record: the `columns` option, else the source's header, else the
 * fields of that record. The names of the source's header are kept whichever it is.
 */
export function chooseColumns({ value, header }: OutputRecord, columns: readonly string[] | undefined): Header {
  const keys = columns ?? header?.keys ?? Object.keys(value);
  return { keys, names: keys.map((key) => header?.names[header.keys.indexOf(key)] ?? key) };
}

/**
 * Makes sure that a record has no field which would be dropped.
 *
 * @throws InputError `unknown_column`
 */
export function checkColumns({ value, index }: OutputRecord, known: ReadonlySet<string>): void {
  for (const key of Object.keys(value)) {
    if (known.has(key) || value[key] === undefined) continue;
    const message = `Record ${index} has a field ${JSON.stringify(key)} that the header lacks (it was fixed by the first record). Name all columns with the \`columns\` option.`;
    throw new InputError('unknown_column', message, { index });
  }
}
