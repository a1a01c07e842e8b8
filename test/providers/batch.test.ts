import { describe, expect, test } from 'vitest';
import { batchOf as anthropicBatch } from '../../src/providers/anthropic/batch.ts';
import { batchOf, fileOf } from '../../src/providers/openai/batch.ts';

const openaiWire = {
  id: 'batch_690c12a4d0f48190a1b2c3d4e5f60718',
  object: 'batch',
  endpoint: '/v1/chat/completions',
  errors: null,
  input_file_id: 'file-In1',
  completion_window: '24h',
  status: 'completed',
  output_file_id: 'file-Out1',
  error_file_id: 'file-Err1',
  created_at: 1762398884,
  expires_at: 1762485284,
  completed_at: 1762399471,
  failed_at: null,
  expired_at: null,
  cancelled_at: null,
  request_counts: { total: 1000, completed: 998, failed: 2 },
  metadata: { run: 'r1' },
};

test('an OpenAI batch', () => {
  expect(batchOf(openaiWire)).toEqual({
    id: openaiWire.id,
    provider: 'openai',
    status: 'ended',
    rawStatus: 'completed',
    counts: { total: 1000, succeeded: 998, failed: 2 },
    createdAt: 1_762_398_884_000,
    endedAt: 1_762_399_471_000,
    expiresAt: 1_762_485_284_000,
    inputFileId: 'file-In1',
    resultFiles: [
      { kind: 'output', id: 'file-Out1' },
      { kind: 'error', id: 'file-Err1' },
    ],
    problems: [],
    metadata: { run: 'r1' },
  });
});

describe('statuses', () => {
  test.each([
    ['validating', 'pending'],
    ['in_progress', 'pending'],
    ['IN_PROGRESS', 'pending'],
    ['PROGRESS', 'pending'],
    ['RUNNING', 'pending'],
    ['finalizing', 'pending'],
    ['cancelling', 'pending'],
    ['CANCELING', 'pending'],
    ['some_new_word', 'pending'],
    ['constructor', 'pending'],
    ['completed', 'ended'],
    ['Completed', 'ended'],
    ['SUCCESS', 'ended'],
    ['expired', 'ended'],
    ['TIMEOUT_EXCEEDED', 'ended'],
    ['cancelled', 'ended'],
    ['CANCELED', 'ended'],
    ['failed', 'failed'],
    ['FAILED', 'failed'],
  ])('%s is %s', (status, expected) => {
    expect(batchOf({ id: 'b', status })).toMatchObject({ status: expected, rawStatus: status });
  });

  test('a missing status keeps the batch pending', () => {
    expect(batchOf({ id: 'b' })).toMatchObject({ status: 'pending', rawStatus: 'unknown' });
  });
});

describe('what compatible servers send', () => {
  test('file ids that are null, missing or empty are no files, and a pending batch has none to read', () => {
    expect(batchOf({ ...openaiWire, output_file_id: null, error_file_id: '' })?.resultFiles).toEqual([]);
    expect(batchOf({ id: 'b', status: 'completed' })?.resultFiles).toEqual([]);
    expect(batchOf({ ...openaiWire, status: 'finalizing' })?.resultFiles).toEqual([]);
  });

  test.each([
    ['seconds', 1762398884, 1_762_398_884_000],
    ['milliseconds', 1762398884123, 1_762_398_884_123],
    ['digits as text', '1762398884', 1_762_398_884_000],
    ['ISO', '2025-11-06T03:14:44Z', 1_762_398_884_000],
    ['null', null, undefined],
    ['zero', 0, undefined],
    ['words', 'yesterday-ish', undefined],
  ])('a time as %s', (_name, created_at, expected) => {
    expect(batchOf({ ...openaiWire, created_at })?.createdAt).toBe(expected);
  });

  test.each([
    ['null', null],
    ['missing', undefined],
    ['null counters', { total: null, completed: null, failed: null }],
    ['text', { total: '3', completed: '2', failed: 'x' }],
  ])('counters: %s', (name, request_counts) => {
    const total = name === 'text' ? 3 : 0;
    const succeeded = name === 'text' ? 2 : 0;
    expect(batchOf({ id: 'b', status: 'in_progress', request_counts })?.counts).toEqual({ total, succeeded, failed: 0 });
  });

  test('a create answer wrapped in `job`', () => {
    expect(batchOf({ job: { id: 'j1', status: 'VALIDATING', error: 'bad line 2' }, warning: 'w' })).toMatchObject({
      id: 'j1',
      status: 'pending',
      problems: [{ message: 'bad line 2' }],
    });
  });

  test('validation errors as a list, with and without lines', () => {
    const errors = { object: 'list', data: [{ code: 'duplicate_custom_id', message: 'again', param: 'custom_id', line: 3 }, { code: 'empty_file', line: null }] };
    expect(batchOf({ id: 'b', status: 'failed', errors })?.problems).toEqual([
      { code: 'duplicate_custom_id', message: 'again', param: 'custom_id', line: 3 },
      { code: 'empty_file', message: 'empty_file' },
    ]);
  });

  test('metadata keeps texts, numbers and booleans', () => {
    expect(batchOf({ id: 'b', metadata: { a: 'x', b: 2, c: true, d: null, e: {} } })?.metadata).toEqual({ a: 'x', b: '2', c: 'true' });
    expect(batchOf({ id: 'b', metadata: null })?.metadata).toEqual({});
  });

  test.each([[null], [[]], ['<html>'], [{}], [{ id: '' }], [42]])('%j is no batch', (value) => {
    expect(batchOf(value)).toBeUndefined();
    expect(anthropicBatch(value)).toBeUndefined();
    expect(fileOf(value)).toBeUndefined();
  });
});

test('a file', () => {
  expect(fileOf({ id: 'file-1', filename: 's.jsonl', bytes: 12, created_at: 1790000000 })).toEqual({
    id: 'file-1',
    name: 's.jsonl',
    bytes: 12,
    createdAt: 1_790_000_000_000,
  });
});

describe('an Anthropic batch', () => {
  const wire = {
    id: 'msgbatch_01Ab',
    type: 'message_batch',
    processing_status: 'ended',
    request_counts: { processing: 0, succeeded: 97, errored: 2, canceled: 3, expired: 1 },
    created_at: '2026-11-22T07:00:00.123456Z',
    expires_at: '2026-11-23T07:00:00.123456Z',
    ended_at: '2026-11-22T07:21:40.004112Z',
    archived_at: null,
    results_url: 'https://api.anthropic.com/v1/messages/batches/msgbatch_01Ab/results',
  };

  test('ended', () => {
    expect(anthropicBatch(wire)).toEqual({
      id: 'msgbatch_01Ab',
      provider: 'anthropic',
      status: 'ended',
      rawStatus: 'ended',
      counts: { total: 103, succeeded: 97, failed: 6 },
      createdAt: Date.parse('2026-11-22T07:00:00.123Z'),
      endedAt: Date.parse('2026-11-22T07:21:40.004Z'),
      expiresAt: Date.parse('2026-11-23T07:00:00.123Z'),
      resultsUntil: Date.parse('2026-12-21T07:00:00.123Z'),
      resultFiles: [{ kind: 'output', id: wire.results_url }],
      problems: [],
      metadata: {},
    });
  });

  test('without a results address, the documented path stands for it', () => {
    expect(anthropicBatch({ ...wire, results_url: null })?.resultFiles).toEqual([
      { kind: 'output', id: '/v1/messages/batches/msgbatch_01Ab/results' },
    ]);
  });

  test.each([['in_progress'], ['canceling']])('%s is pending, without files', (processing_status) => {
    expect(anthropicBatch({ ...wire, processing_status, results_url: null })).toMatchObject({ status: 'pending', resultFiles: [] });
  });
});
