import { expect, test } from 'vitest';
import { parseFault, startEmulator, type FaultRule } from '../../src/emulator/server.ts';
import { start } from './harness.ts';

const read: [text: string, rule: FaultRule][] = [
  ['openai.batches.create nth=1 reset=after', { route: 'openai.batches.create', nth: 1, action: { kind: 'reset', at: 'after' } }],
  ['reset=during bytes=100 times=2 *.batches.results', { route: '*.batches.results', times: 2, action: { kind: 'reset', at: 'during', bytes: 100 } }],
  ['answer=429 retry-after=2 code=insufficient_quota', { action: { kind: 'answer', status: 429, retryAfter: 2, code: 'insufficient_quota' } }],
  ['answer=200 html when=after', { action: { kind: 'answer', status: 200, html: true, when: 'after' } }],
  ['answer=503 retry-after=date:5 message="Try again, later"', { action: { kind: 'answer', status: 503, retryAfter: 'date:5', message: 'Try again, later' } }],
  ["anthropic* answer=529 message='It said \"no\"'", { route: 'anthropic*', action: { kind: 'answer', status: 529, message: 'It said "no"' } }],
  ['nth=1,3,5 probability=0.5 slow=1000', { nth: [1, 3, 5], probability: 0.5, action: { kind: 'slow', bytesPerSecond: 1000 } }],
  ['length=-3', { action: { kind: 'length', delta: -3 } }],
  ['batch=2 hidden=3', { batch: 2, action: { kind: 'hidden', calls: 3 } }],
  ['hidden for=1.5s', { action: { kind: 'hidden', forMs: 1500 } }],
  ['status=paused_for_review for=2h', { action: { kind: 'status', word: 'paused_for_review', forMs: 7_200_000 } }],
  ['late=250', { action: { kind: 'late', forMs: 250 } }],
  ['queue tokens=1000 batches=2', { action: { kind: 'queue', tokens: 1000, batches: 2 } }],
  ['fail=invalid_request param=file_id', { action: { kind: 'fail', code: 'invalid_request', param: 'file_id' } }],
  ['row=2 missing', { row: 2, action: { kind: 'missing' } }],
  ['error=429 attempts=1 row=3,4', { row: [3, 4], attempts: 1, action: { kind: 'error', status: 429 } }],
];

test.each(read)('%s', (text, rule) => {
  expect(parseFault(text)).toEqual(rule);
});

const refused: [fault: unknown, message: RegExp][] = [
  ['openai.batches.create', /names no action; known are answer, reset/],
  ['reset=after stall=before', /several actions: reset, stall/],
  ['reset=sideways', /`at` must be one of before, after, during, not "sideways"/],
  ['reset', /`reset` needs `at`/],
  ['missing=3', /`missing` takes no value/],
  ['missing loud', /`loud` is no route, and nothing that goes with `missing`/],
  ['missing volume=3', /`volume` is no route/],
  ['answer=often', /`status` must be a whole number/],
  ['answer=200', /400 to 599; any other goes with `html`/],
  ['probability=2 missing', /`probability` must be a number from 0 to 1, not 2/],
  ['batch=0 missing', /`batch` counts from 1/],
  ['nth=0 reset=before', /`nth` must be a whole number from 1/],
  ['nth=1 missing', /`nth` does not go with `missing`, which acts on a row/],
  ['row=1 reset=before', /`row` does not go with `reset`, which acts on a call/],
  ['times=1 late=5s', /`times` does not go with `late`, which acts on a batch/],
  ['late=soon', /`forMs` must be a duration/],
  ['hidden', /`hidden` needs a number of calls, or a time/],
  ['slow=0', /`bytesPerSecond` must be 1 or more/],
  ['foreign=elsewhere', /needs an origin/],
  [{ action: { kind: 'explode' } }, /Fault 1: it needs an action of a known kind/],
  [{ action: { kind: 'cut', bytes: 1.5 } }, /Fault 1: `bytes` must be a whole number/],
  [{ nht: 1, action: { kind: 'reset', at: 'after' } }, /Fault 1: `nht` is unknown here; known are route, batch, nth/],
  [7, /Fault 1: it needs an action/],
  ['openai.batch.create reset=after', /no route `openai.batch.create`.*openai.batches.create/],
  ['openai.batches.create missing', /no route `openai.batches.create`.*openai.batches.run/],
];

test.each(refused)('refused: %j', async (fault, message) => {
  // What a JSON file holds may be anything.
  const faults = [fault as string];
  await expect(startEmulator({ faults })).rejects.toThrow(expect.objectContaining({ name: 'InputError', code: 'invalid_option', message: expect.stringMatching(message) }));
});

test('rules that cannot be used leave those in force as they are', async () => {
  const { emulator } = await start({ faults: ['missing'] });
  expect(() => emulator.setFaults(['blank', 'reset'])).toThrow(/needs `at`/);
  expect(emulator.faults()).toEqual([{ rule: { action: { kind: 'missing' } }, hits: 0 }]);
});
