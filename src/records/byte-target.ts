import { randomBytes } from 'node:crypto';
import { createWriteStream, realpathSync, type Stats, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { systemCodeOf } from '../errors.ts';

/** Where bytes go: a stream to write to, and what to do when all is written, or when it failed. */
export interface ByteTarget {
  readonly stream: Writable;
  /** False for a stream that others go on using: it is not ended. */
  readonly ends: boolean;
  complete(): Promise<void>;
  abandon(): Promise<void>;
}

/**
 * A file that appears under its name only when it is whole: it is written beside it, then renamed. What is no plain file
 * (`/dev/null`, a named pipe) is written directly; behind a symbolic link the file that it names is replaced.
 */
export function fileTarget(path: string): ByteTarget {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) return directTarget(path);
  const target = stats === undefined ? resolve(path) : realpathSync(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const remove = (): Promise<void> => rm(temporary, { force: true });
  return {
    stream: createWriteStream(temporary, { flags: 'wx', flush: true, ...modeOf(stats) }),
    ends: true,
    complete: async () => {
      try {
        await rename(temporary, target);
      } catch (error) {
        await remove();
        throw error;
      }
    },
    abandon: remove,
  };
}

function directTarget(path: string): ByteTarget {
  return { stream: createWriteStream(path), ends: true, complete: () => Promise.resolve(), abandon: () => Promise.resolve() };
}

function modeOf(stats: Stats | undefined): { readonly mode?: number } {
  return stats === undefined ? {} : { mode: stats.mode };
}

/** A stream that the caller opened. Standard output is never ended, since the process goes on using it. */
export function streamTarget(stream: Writable): ByteTarget {
  const shared = stream === process.stdout || stream === process.stderr;
  return {
    stream,
    ends: !shared,
    complete: () => (shared ? flushed(stream) : Promise.resolve()),
    abandon: () => Promise.resolve(),
  };
}

/** Resolves once everything written before has left the process. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((done, fail) => {
    stream.write('', (error) => (error && !isClosedReader(error) ? fail(error) : done()));
  });
}

/** True for the error of a pipe whose reader has gone, as behind `| head`. */
export function isClosedReader(error: unknown): boolean {
  return systemCodeOf(error) === 'EPIPE';
}
