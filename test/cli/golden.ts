import { expect, test } from 'vitest';
import { folderWith, shell } from './shell.ts';

/** A command line, and all of what it must say and do. Text must be equal, a pattern must match. */
export interface Case {
  readonly title: string;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly command: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly stdout?: string | RegExp;
  readonly stderr?: string | RegExp;
  /** What must hold in the folder afterwards. */
  readonly after?: (folder: string) => void;
}

const stackTrace = /^\s+at .+:\d+/m;

/** One test for each case. stdout is empty unless the case says otherwise. */
export function golden(cases: readonly Case[]): void {
  test.concurrent.for(cases)('$title: $command', async ({ files = {}, command, stdin = '', env = {}, code, stdout = '', stderr, after }) => {
    const folder = folderWith(files);
    const ran = await shell(folder, command, { stdin, env });
    expect(ran.stderr).not.toMatch(stackTrace);
    if (stderr !== undefined) holds(ran.stderr, stderr);
    holds(ran.stdout, stdout);
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code, stderr: ran.stderr });
    after?.(folder);
  });
}

function holds(said: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(said).toBe(expected);
  else expect(said).toMatch(expected);
}
