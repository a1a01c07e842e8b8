import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pieces } from '../../src/fused/pieces.ts';

/** What is put together, step by step, by a target that writes what it was given some time later. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('text' as const), length: fc.integer({ min: 0, max: 9000 }) }),
    fc.record({ kind: fc.constant('copy' as const), length: fc.integer({ min: 0, max: 400_000 }), isShared: fc.boolean() }),
    fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 1, max: 4 }) }),
  ),
  { maxLength: 60 },
);

it('puts output together in order, and fills no memory again that is not written yet', () => {
  fc.assert(
    fc.property(steps, (made) => {
      const pieces = new Pieces();
      const waiting: Buffer[] = [];
      let expected = '';
      let written = '';
      const write = (): void => {
        written += waiting.shift()?.toString('latin1') ?? '';
        pieces.takeBack(written.length);
      };
      for (const [number, step] of made.entries()) {
        const mark = String.fromCodePoint(0x41 + (number % 50));
        if (step.kind === 'write') for (let count = 0; count < step.count; count += 1) write();
        else if (step.kind === 'text') pieces.write(mark.repeat(step.length));
        else pieces.copy(bytesOf(`<${mark.repeat(step.length)}>`, step.isShared), 1, step.length + 1);
        if (step.kind !== 'write') expected += mark.repeat(step.length);
        if (pieces.hasFull) waiting.push(...pieces.take());
      }
      waiting.push(...pieces.end());
      while (waiting.length > 0) write();
      expect(written === expected).toBe(true);
    }),
    { seed: 5, numRuns: 200 },
  );
});

it('uses the memory of pieces again that were written, and keeps none where nobody tells', () => {
  const fill = (tells: boolean): number => {
    const pieces = new Pieces();
    const memories = new Set<ArrayBufferLike>();
    let bytes = 0;
    for (let round = 0; round < 200; round += 1) {
      pieces.copy(Buffer.alloc(100_000), 0, 100_000);
      for (const piece of pieces.take()) {
        memories.add(piece.buffer);
        bytes += piece.length;
      }
      if (tells) pieces.takeBack(bytes);
    }
    return memories.size;
  };
  expect(fill(true)).toBeLessThan(5);
  expect(fill(false)).toBeGreaterThan(50);
});

function bytesOf(text: string, isShared: boolean): Buffer {
  const bytes = isShared ? Buffer.from(new SharedArrayBuffer(text.length)) : Buffer.alloc(text.length);
  bytes.write(text, 'latin1');
  return bytes;
}
