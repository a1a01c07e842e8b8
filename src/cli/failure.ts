import { MillraceError } from '../index.ts';

/** Exit codes beside those of a report: 1 failed, 2 wrong usage, 124 waited long enough, 130 interrupted. */
export function exitCodeOfError(error: unknown): number {
  if (!(error instanceof MillraceError)) return 1;
  switch (error.code) {
    case 'invalid_option':
    case 'unknown_format':
      return 2;
    case 'wait_timeout':
      return 124;
    case 'interrupted':
      return 130;
    default:
      return 1;
  }
}

/** An error as people read it: what happened, and its code for scripts. Only a bug shows a stack. */
export function describeError(error: unknown): string {
  if (error instanceof MillraceError) return `millrace: ${inWordsOfFlags(error)} [${error.code}]\n`;
  // A full disk or a folder that may not be written is no bug; the system's message names the call and the path.
  if (error instanceof Error && 'syscall' in error) return `millrace: ${error.message}\n`;
  return error instanceof Error ? `millrace: ${error.stack ?? error.message}\n` : `millrace: ${String(error)}\n`;
}

/** A message with what the command line can do in place of what only the library can. */
function inWordsOfFlags({ code, message }: MillraceError): string {
  return code === 'authentication_failed' ? message.replace(', or pass `apiKey`.', ' (in .env as well). A run with --emulate needs none.') : message;
}
