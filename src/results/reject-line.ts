import { constants } from 'node:buffer';
import { InputError, type ErrorCode } from '../errors.ts';
import type { OnReject, Rejection } from '../records/record.ts';

/** A line of a result file that found no place. */
export interface RejectedLine {
  readonly code: ErrorCode;
  /** What is wrong, to follow the place: `is not JSON: ...`. */
  readonly message: string;
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number;
  readonly bytes: Buffer;
  readonly customId?: string;
}

/** Hands a rejected line to `onReject`; without one it becomes the error that ends the stage. */
export function rejectLine(onReject: OnReject | undefined, { code, message, file, line, bytes, customId }: RejectedLine): void {
  const place = file === undefined ? `Line ${line} of the results` : `Line ${line} of ${file}`;
  reject(onReject, {
    code,
    message: `${place} ${message}`,
    line,
    ...(file === undefined ? {} : { file }),
    ...(customId === undefined ? {} : { customId }),
    // No string can hold such a line; file and line number say where it is.
    ...(bytes.length > constants.MAX_STRING_LENGTH ? {} : { raw: bytes.toString('utf8') }),
  });
}

/** Hands a rejection to `onReject`; without one it is thrown as an `InputError`: nothing is dropped in silence. */
function reject(onReject: OnReject | undefined, rejection: Rejection): void {
  if (onReject !== undefined) {
    onReject(rejection);
    return;
  }
  const { code, message, value: _value, raw, ...context } = rejection;
  const advice = 'Pass `onReject` to keep such lines aside and go on.';
  throw new InputError(code, `${message}. ${advice}`, { ...context, ...(raw !== undefined && raw.length <= 1000 ? { raw } : {}) });
}
