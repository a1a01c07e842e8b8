import { systemCodeOf } from '../errors.ts';

const codes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The system's word for a connection that was never made, if that is why a call failed: then nothing was sent. */
export function neverConnected(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = systemCodeOf(cause) ?? systemCodeOf(error);
  return code !== undefined && codes.has(code) ? code : undefined;
}
