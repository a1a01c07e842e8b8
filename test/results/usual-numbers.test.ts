import { describe, expect, it, vi } from 'vitest';
import { endOfNumbers } from '../../src/results/number-list.ts';
import { skipUsualNumbers } from '../../src/results/usual-numbers.ts';

const many = Array.from({ length: 30 }, (_, at) => `${at % 3 === 0 ? '-' : ''}${at % 7}.${String(at * 7919 + 1)}${at % 11 === 0 ? 'e-05' : ''}`);

/** The list with something between usual numbers, at 80 distances from where windows begin. */
function* listsWith(middle: string): Generator<string> {
  for (const separator of [',', ', ']) for (let shift = 1; shift <= 80; shift += 1) yield `[${['0.5', `0.${'7'.repeat(shift)}`, ...many, middle, ...many].join(separator)}]`;
}

function endIn(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  return endOfNumbers(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

const right = ['0.5', '0', '-5', '12.5', '0.5e-5', '0.5e-55', '0.5e-555', '0.5e-555555555', '1e9', '0.5E+7', '-1.5e7', ' 0.5', '\t\r-0.5', '0.5,  0.25', '0.5e-5,0.5e-5'];
const wrong = ['', '-', '.', '.5', '5.', '-.5', '00.5', '05', '-05.5', '0.5.5', '0.5e', '0.5e-', '0.5e-5e-5', '0.5e-55e-5', '0.5e-555e-5', '0.5e-5.5', '0.5e5e-5', '0.5-5', '--0.5', '-e-5', '0.5 5', '0.5 -5', '0.5e--5', '0.5e-5-5', '0..5', '+0.5', 'e-5', '0e-5e-5', '0.e-5', '0.-5', '0.5 ', '0.5\n', '0.5e -5', '0.5e- 5', '- 0.5', '0. 5', '0 .5', '0,.5', '0x5', 'NaN', 'null', '"0.5"', '[0.5]', '{}', '0.5/', '0.5:', '0.\xb5', '\xff', '\t05.5', '\t05', '5,\t05', '5,\r-05', '0.5]'];

describe('in a long list of usual numbers', () => {
  it.each(right)('%j is read', (middle) => {
    for (const list of listsWith(middle)) if (endIn(list) !== list.length) expect(endIn(list), list).toBe(list.length);
    for (const list of listsWith(middle)) expect(() => JSON.parse(list)).not.toThrow();
  });

  it.each(wrong)('%j is not', (middle) => {
    for (const list of listsWith(middle)) {
      const end = endIn(list);
      // A list may end early: what is behind it is for others to refuse.
      if (end !== -1 && !middle.includes(']')) expect(end, list).toBe(-1);
      if (end !== -1) expect(list.slice(0, end)).toMatch(/^[^\]]*\d\]$/);
    }
  });
});

it('skips nearly all of what is usual, and so is worth its while', () => {
  const text = `[0.5, ${many.join(', ')}, ${many.join(', ')}]`;
  expect(skipUsualNumbers(Buffer.from(text), 6, text.length - 1)).toBeGreaterThan(text.length - 90);
});

it('stops before what it does not know, behind a comma', () => {
  const text = `[0.5,${many.join(',')},5,${many.join(',')}]`;
  const end = skipUsualNumbers(Buffer.from(text), 5, text.length - 1);
  expect(end).toBeGreaterThan(text.indexOf(',5,') - 80);
  expect(end).toBeLessThanOrEqual(text.indexOf(',5,') + 1);
  expect(text[end - 1]).toBe(',');
});

it('reads a list of more bytes than it takes at a time', () => {
  const long = `[${Array.from({ length: 30_000 }, (_, at) => (at * 0.618 % 1).toFixed(9)).join(', ')}]`;
  expect(endIn(long)).toBe(long.length);
  for (const at of [65_530, 65_536, 65_540, 131_072, long.length - 5]) expect(endIn(`${long.slice(0, at)}x${long.slice(at + 1)}`)).toBe(-1);
});

it('reads vectors where the engine has no WebAssembly, too', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  try {
    const without = await import('../../src/results/number-list.ts');
    const bytes = Buffer.from(`[${many.join(', ')}, ${many.join(', ')}]`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    expect(without.endOfNumbers(bytes, view, 0)).toBe(bytes.length);
    bytes[bytes.length - 2] = 0x2c;
    expect(without.endOfNumbers(bytes, view, 0)).toBe(-1);
  } finally {
    vi.unstubAllGlobals();
    vi.resetModules();
  }
});
