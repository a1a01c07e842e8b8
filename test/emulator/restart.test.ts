import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import { startEmulator } from '../../src/emulator/server.ts';
import { chatLines, clientsOf, createBatch, HOUR, ManualClock, messages, MINUTE, textOf } from './harness.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'millrace-test-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

/** Runs `use` against an emulator on `directory`. */
async function on<Value>(directory: string, options: EmulatorOptions, use: (clients: ReturnType<typeof clientsOf>) => Promise<Value>): Promise<Value> {
  const emulator = await startEmulator({ directory, ...options });
  try {
    return await use(clientsOf(emulator));
  } finally {
    await emulator.close();
  }
}

test('files and batches survive, and a batch goes on where the clock says', async () => {
  const directory = join(parent, 'state');
  const clock = new ManualClock();
  const ids = await on(directory, { clock }, async ({ openai, anthropic }) => {
    const running = await createBatch(openai, chatLines(5));
    const canceled = await createBatch(openai, chatLines(5));
    const failed = await createBatch(openai, '{}\n');
    const { id } = await anthropic.messages.batches.create({ requests: messages(5) });
    clock.advance(5 * MINUTE);
    await openai.batches.cancel(canceled.id);
    expect((await openai.batches.retrieve(failed.id)).status).toBe('failed');
    return { running: running.id, canceled: canceled.id, failed: failed.id, message: id, file: running.input_file_id };
  });
  await on(directory, { clock }, async ({ openai, anthropic }) => {
    expect((await openai.files.retrieve(ids.file)).id).toBe(ids.file);
    expect(await textOf(openai, ids.file)).toBe(chatLines(5));
    expect((await openai.batches.retrieve(ids.running)).status).toBe('in_progress');
    expect((await openai.batches.retrieve(ids.canceled)).status).toBe('cancelling');
    expect((await openai.batches.retrieve(ids.failed)).errors?.data).toHaveLength(1);
    expect((await anthropic.messages.batches.retrieve(ids.message)).processing_status).toBe('in_progress');
    clock.advance(HOUR);
    expect((await openai.batches.retrieve(ids.running)).status).toBe('completed');
    expect((await openai.batches.retrieve(ids.canceled)).status).toBe('cancelled');
    expect((await anthropic.messages.batches.retrieve(ids.message)).request_counts.succeeded).toBe(5);
    expect((await openai.batches.list()).data.map(({ id }) => id)).toEqual([ids.failed, ids.canceled, ids.running]);
  });
});

/** Answers like the made-up ones, but stands still at one row until it is let go. */
function haltingAt(customId: string) {
  let halted: () => void = () => undefined;
  let letGo: () => void = () => undefined;
  const isHalted = new Promise<void>((resolve) => (halted = resolve));
  const go = new Promise<void>((resolve) => (letGo = resolve));
  const answer = async (request: { customId?: string }) => {
    if (request.customId !== customId) return undefined;
    halted();
    return go;
  };
  return { answer, isHalted, letGo: () => letGo() };
}

test.each(['openai', 'anthropic'] as const)('killed while it works on a batch of %s, it starts again and ends with the same bytes', async (provider) => {
  const [first, second] = [join(parent, 'first'), join(parent, 'second')];
  const clock = new ManualClock();
  const halt = haltingAt(provider === 'openai' ? 'r-70' : 'm-70');
  const read = async ({ openai, anthropic }: ReturnType<typeof clientsOf>, id: string) => {
    if (provider === 'openai') return textOf(openai, (await openai.batches.retrieve(id)).output_file_id);
    return (await anthropic.get(`/v1/messages/batches/${id}/results`).asResponse()).text();
  };
  const emulator = await startEmulator({ directory: first, clock, answer: halt.answer });
  const clients = clientsOf(emulator);
  const batch = provider === 'openai' ? await createBatch(clients.openai, chatLines(100)) : await clients.anthropic.messages.batches.create({ requests: messages(100) });
  clock.advance(HOUR);
  const settled = emulator.settle();
  await halt.isHalted;
  // What is on disk at this moment is what a kill leaves behind.
  await cp(first, second, { recursive: true });
  halt.letGo();
  await settled;
  const undisturbed = await read(clients, batch.id);
  await emulator.close();
  const restarted = await on(second, { clock }, (again) => read(again, batch.id));
  expect(undisturbed.split('\n').filter(Boolean)).toHaveLength(100);
  expect(restarted).toBe(undisturbed);
  expect(await readdir(join(second, 'scratch'))).toEqual([]);
});

test('killed between the result file and the batch, it leaves no second result file', async () => {
  const directory = join(parent, 'state');
  const clock = new ManualClock();
  const { id, before } = await on(directory, { clock }, async ({ openai }) => {
    const batch = await createBatch(openai, chatLines(3));
    clock.advance(MINUTE);
    await openai.batches.retrieve(batch.id);
    await cp(join(directory, 'batches'), join(parent, 'batches'), { recursive: true });
    clock.advance(HOUR);
    return { id: batch.id, before: await openai.batches.retrieve(batch.id) };
  });
  await rm(join(directory, 'batches'), { recursive: true });
  await cp(join(parent, 'batches'), join(directory, 'batches'), { recursive: true });
  await on(directory, { clock }, async ({ openai }) => {
    expect(await openai.batches.retrieve(id)).toEqual(before);
    expect((await openai.files.list()).data).toHaveLength(2);
  });
});

test('on the real clock a restarted emulator goes on by itself', async () => {
  const directory = join(parent, 'state');
  const id = await on(directory, {}, async ({ openai }) => (await createBatch(openai, chatLines(3))).id);
  await on(directory, {}, async ({ openai }) => {
    let batch = await openai.batches.retrieve(id);
    while (batch.status !== 'completed') batch = await openai.batches.retrieve(id);
    expect(batch.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
  });
});

test('no key is kept, not even in a file name', async () => {
  const directory = join(parent, 'state');
  await on(directory, {}, ({ openai }) => createBatch(openai, chatLines(1)));
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(names.filter((entry) => entry.isFile()).map(async (entry) => entry.name + (await readFile(join(entry.parentPath, entry.name), 'utf8'))));
  expect(texts.length).toBeGreaterThan(1);
  expect(texts.join('\n')).not.toContain('sk-test');
});
