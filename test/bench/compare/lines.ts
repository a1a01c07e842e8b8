import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';

/** The lines of a file, split at line feeds only: a carriage return or U+2028 is part of a text. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    // With an encoding chunks are strings.
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Whether two files hold the same bytes, so that nothing need be parsed. */
export function haveSameBytes(first: string, second: string): boolean {
  if (statSync(first).size !== statSync(second).size) return false;
  const files = [openSync(first, 'r'), openSync(second, 'r')];
  const buffers = files.map(() => Buffer.allocUnsafe(1 << 20));
  try {
    for (;;) {
      const [one, other] = files.map((file, at) => buffers[at]?.subarray(0, readSync(file, buffers[at] ?? Buffer.alloc(0))));
      if (one === undefined || other === undefined || !one.equals(other)) return false;
      if (one.length === 0) return true;
    }
  } finally {
    files.forEach((file) => closeSync(file));
  }
}
