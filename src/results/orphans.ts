import type { OnReject } from '../records/record.ts';
import { rejectLine } from './reject-line.ts';
import type { ResultIndex } from './result-index.ts';

/** Rejects the result lines that no record asked for. */
export function rejectOrphans(index: ResultIndex, onReject: OnReject | undefined): void {
  for (const { customId, file, line, bytes } of index.unmet()) {
    const message = `answers custom_id ${JSON.stringify(customId)}, which no record has`;
    rejectLine(onReject, { code: 'orphan', message, file, line, bytes, customId });
  }
}
