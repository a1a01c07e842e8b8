import { MillraceError, messageOf, type ErrorCode } from '../errors.ts';
import type { SourceRecord } from '../records/record.ts';
import { customIdOf, type CustomIdSource } from '../requests/custom-id.ts';
import { checkColumns } from '../requests/field.ts';

/** The custom_id of a record, or why it has none. */
export type SourceId = { readonly id: string } | { readonly code: ErrorCode; readonly message: string };

/**
 * Makes the function that reads the custom_id of a record; without an option it is made from the record's index. Its first
 * call stops a join by a column that the source does not have, before any record of a whole file is called invalid.
 */
export function sourceIds<T>(customId: CustomIdSource<T> | undefined): (record: SourceRecord<T>) => SourceId {
  const idOf = customIdOf(customId);
  let isChecked = false;
  return (record) => {
    if (!isChecked && typeof customId === 'string' && record.header) checkColumns([customId], record.header, 'The id option');
    isChecked = true;
    try {
      return { id: idOf(record) };
    } catch (error) {
      const code = error instanceof MillraceError ? error.code : 'template_error';
      return { code, message: `No custom_id for ${placeOf(record)}: ${messageOf(error)}` };
    }
  };
}

/** A record as people find it: by its line, or by its position. */
export function placeOf(record: Pick<SourceRecord<unknown>, 'index' | 'line'>): string {
  return record.line === undefined ? `record ${record.index}` : `the record in line ${record.line}`;
}
