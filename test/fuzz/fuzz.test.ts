import { expect, test } from 'vitest';
import { Random } from './random.ts';
import { trial } from './trial.ts';

test('what is fast tells of random sources what the slow way does; `npm run fuzz` goes on with more of them', async () => {
  for (let number = 0; number < 40; number += 1) {
    const { what, fast, slow } = await trial(new Random(number));
    expect(fast === slow, `${what}, source ${number}`).toBe(true);
  }
});
