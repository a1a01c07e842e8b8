import { randomBytes } from 'node:crypto';
import { createWriteStream, fdatasync, openSync, realpathSync, rmSync, statSync, type WriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { systemCodeOf } from '../errors.ts';

/** Where bytes go: a stream to write to, and what to do when all is written, or when it failed. */
export interface ByteTarget {
  readonly stream: Writable;
  /** False for a stream that others go on using: it is not ended. */
  readonly ends: boolean;
  complete(): Promise<void>;
  /** Removes what was written so far. May be called more than once. */
  abandon(): void;
}

/** Bytes that wait to be written: with a few pieces of output, those who make them do not wait for the disk. */
const highWaterMark = 1024 * 1024;
/** Bytes after which what was written is sent on to the disk. */
const flushBytes = 32 * 1024 * 1024;

/**
 * A file that appears under its name only when it is whole: it is written beside it, then renamed. What is no plain file
 * (`/dev/null`, a named pipe) is written directly; behind a symbolic link the file that it names is replaced.
 */
export function fileTarget(path: string): ByteTarget {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) return directTarget(path);
  const target = stats === undefined ? resolve(path) : realpathSync(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  // Opened at once, so that from here on there is a file to remove, whatever happens.
  const fd = openSync(temporary, 'wx', stats?.mode);
  return {
    stream: flushedEarly(createWriteStream(temporary, { fd, flush: true, highWaterMark }), fd),
    ends: true,
    complete: () => rename(temporary, target),
    abandon: () => rmSync(temporary, { force: true }),
  };
}

/** Sends bytes on to the disk while more are being made, so that the flush at the end, before the file takes its name, has little left to wait for. */
function flushedEarly(stream: WriteStream, fd: number): WriteStream {
  let sent = 0;
  let isSending = false;
  return stream.on('drain', () => {
    if (isSending || stream.bytesWritten - sent < flushBytes) return;
    sent = stream.bytesWritten;
    isSending = true;
    // What cannot be flushed is told by the flush at the end.
    fdatasync(fd, () => (isSending = false));
  });
}

function directTarget(path: string): ByteTarget {
  return { stream: createWriteStream(path, { highWaterMark }), ends: true, complete: () => Promise.resolve(), abandon: () => {} };
}

/** A stream that the caller opened. Standard output is never ended, since the process goes on using it. */
export function streamTarget(stream: Writable): ByteTarget {
  const shared = stream === process.stdout || stream === process.stderr;
  return {
    stream,
    ends: !shared,
    complete: () => (shared ? flushed(stream) : Promise.resolve()),
    abandon: () => {},
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
