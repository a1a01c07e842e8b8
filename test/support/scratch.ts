import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the whole suite one temporary directory, and takes it away again with everything that tests and killed children left in it. */
export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-suite-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}
