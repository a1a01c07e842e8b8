import { MillraceError, messageOf, type ErrorCode } from '../errors.ts';

/** Fails the check with a sentence. */
export function claim(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

/** The error a call must end with. */
export async function failureOf(call: () => Promise<unknown>, name: string): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error(`${name} should have failed, but did not`);
}

/** A call must end with an error of this code. */
export async function claimCode(call: () => Promise<unknown>, name: string, code: ErrorCode): Promise<MillraceError> {
  const error = await failureOf(call, name);
  if (error instanceof MillraceError && error.code === code) return error;
  const found = error instanceof MillraceError ? `the code ${error.code}` : `no code: ${messageOf(error)}`;
  throw new Error(`${name} should fail with the code ${code}, but its error has ${found}`);
}
