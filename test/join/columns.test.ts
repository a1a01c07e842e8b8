import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { resultColumns } from '../../src/join/columns.ts';
import { enrich, type EnrichOptions } from '../../src/join/enrich.ts';
import { join } from '../../src/join/join.ts';
import type { JoinedRecord, Outcome } from '../../src/join/outcome.ts';
import { select, type SelectColumns } from '../../src/join/select.ts';
import { sourceRecord, type Header, type SourceRecord } from '../../src/records/record.ts';
import type { ObjectTransform } from '../../src/streams.ts';
import { fixture } from './joining.ts';

const header: Header = { keys: ['id', 'name', 'name_2'], names: ['id', 'name', 'name'] };

const outcome: Outcome = {
  status: 'succeeded',
  customId: 'a',
  text: 'good',
  finishReason: 'stop',
  model: 'gpt-5-mini',
  usage: { inputTokens: 3, outputTokens: 1 },
};

function joined(value: object, itsOutcome: Outcome = outcome, itsHeader?: Header): JoinedRecord {
  // A record of any fields is what a reader gives.
  return { record: sourceRecord(4, value as Record<string, unknown>, 6, itsHeader), outcome: itsOutcome };
}

async function through(stage: ObjectTransform<JoinedRecord, SourceRecord>, chunks: readonly JoinedRecord[]): Promise<SourceRecord[]> {
  const output: SourceRecord[] = [];
  await pipeline(Readable.from(chunks), stage, async (records) => {
    for await (const record of records) output.push(record);
  });
  return output;
}

async function enriched(options: EnrichOptions, ...chunks: JoinedRecord[]): Promise<SourceRecord[]> {
  return through(enrich(options), chunks);
}

describe('the columns of a table', () => {
  const standard = ['status', 'reason', 'text', 'finish_reason', 'model', 'input_tokens', 'output_tokens', 'custom_id'];

  it.each([
    [{}, []],
    [{ endpoint: '/v1/chat/completions' }, []],
    [{ endpoint: '/v1/messages' }, []],
    [{ endpoint: '/v1/embeddings' }, ['embedding']],
    [{ endpoint: '/v1/moderations' }, ['output']],
    [{ endpoint: '/v1/responses', parseJson: true, kinds: { toolCalls: true } }, ['tool_calls', 'json']],
    [{ kinds: { output: true, embedding: true }, body: true }, ['embedding', 'output', 'body']],
  ])('for %j end with %j', (options, expected) => {
    expect(resultColumns(options)).toEqual([...standard, ...expected]);
  });
});

describe('a table', () => {
  it('has the columns of the source, then those of the result', async () => {
    const [record] = await enriched({ format: 'csv' }, joined({ id: 'a', name: 'x', name_2: 'y' }, outcome, header));
    const added = ['result_status', 'result_reason', 'result_text', 'result_finish_reason', 'result_model', 'result_input_tokens', 'result_output_tokens', 'result_custom_id'];
    expect(record?.header).toEqual({ keys: [...header.keys, ...added], names: [...header.names, ...added] });
    expect(record).toMatchObject({ index: 4, line: 6 });
    expect(Object.entries(record?.value ?? {})).toEqual([
      ['id', 'a'],
      ['name', 'x'],
      ['name_2', 'y'],
      ['result_status', 'succeeded'],
      ['result_reason', undefined],
      ['result_text', 'good'],
      ['result_finish_reason', 'stop'],
      ['result_model', 'gpt-5-mini'],
      ['result_input_tokens', 3],
      ['result_output_tokens', 1],
      ['result_custom_id', 'a'],
    ]);
  });

  it('holds what is nested as JSON', async () => {
    const rich: Outcome = { ...outcome, toolCalls: [{ name: 'f', arguments: '{}' }], embedding: [0.5], output: { flagged: false }, json: [1], body: { id: 'x' } };
    const options: EnrichOptions = { format: 'csv', prefix: 'r.', kinds: { toolCalls: true, embedding: true, output: true }, parseJson: true, body: true };
    const [record] = await enriched(options, joined({}, rich));
    expect(record?.value).toMatchObject({
      'r.tool_calls': '[{"name":"f","arguments":"{}"}]',
      'r.embedding': '[0.5]',
      'r.output': '{"flagged":false}',
      'r.json': '[1]',
      'r.body': '{"id":"x"}',
    });
  });

  it('shares one header among all records', async () => {
    const [first, second] = await enriched({ format: 'csv' }, joined({ id: 'a' }, outcome, header), joined({ id: 'b' }, outcome, header));
    expect(first?.header).toBe(second?.header);
  });

  it('learns from the join which columns it needs', async () => {
    const stage = join({ results: fixture('endpoints-output.jsonl'), customId: 'id', onReject: () => undefined });
    const output: SourceRecord[] = [];
    await pipeline(Readable.from([{ id: 'embedding' }]), stage, enrich({ format: 'csv', kinds: () => stage.kinds }), async (records) => {
      for await (const record of records) output.push(record);
    });
    expect(output[0]?.value).toMatchObject({ result_embedding: '[0.25,-0.5,0.125]', result_tool_calls: undefined, result_output: undefined });
  });

  it.each([
    ['a column', joined({ id: 'a' }, outcome, { keys: ['id', 'result_text'], names: ['id', 'result_text'] })],
    ['a column by its name in the file', joined({ id: 'a' }, outcome, { keys: ['id', 'column_2'], names: ['id', 'result_text'] })],
    ['a field', joined({ result_text: 'mine' })],
  ])('never takes the place of %s of the source', async (_title, chunk) => {
    await expect(enriched({ format: 'csv' }, chunk)).rejects.toMatchObject({ code: 'column_conflict', message: expect.stringMatching(/"result_text".*--prefix/) });
    await expect(enriched({ format: 'csv', prefix: 'answer_' }, chunk)).resolves.toHaveLength(1);
  });
});

describe('JSON', () => {
  it('has the source object and one object more, its fields in a fixed order', async () => {
    const [record] = await enriched({ format: 'jsonl' }, joined({ id: 'a', nested: { b: 1 } }));
    expect(JSON.stringify(record?.value)).toBe(
      '{"id":"a","nested":{"b":1},"result":{"status":"succeeded","text":"good","finishReason":"stop","model":"gpt-5-mini","usage":{"inputTokens":3,"outputTokens":1},"customId":"a"}}',
    );
  });

  it('puts a value that is no object beside the result', async () => {
    const [record] = await through(enrich({ format: 'json' }), [{ record: sourceRecord(0, 'plain' as never), outcome: { status: 'missing', customId: 'a' } }]);
    expect(record?.value).toEqual({ value: 'plain', result: { status: 'missing', customId: 'a' } });
  });

  it('names its object after the prefix', async () => {
    const [record] = await enriched({ format: 'jsonl', prefix: 'answer_' }, joined({ result: 1 }));
    expect(record?.value).toMatchObject({ result: 1, answer: { status: 'succeeded' } });
    await expect(enriched({ format: 'jsonl' }, joined({ result: 1 }))).rejects.toMatchObject({ code: 'column_conflict' });
    expect(() => enrich({ format: 'jsonl', prefix: '_' })).toThrow(/prefix/);
  });
});

describe('select', () => {
  const selected = (columns: SelectColumns, chunk: JoinedRecord): Promise<SourceRecord[]> => through(select(columns), [chunk]);

  it('adds the fields after those of the source', async () => {
    const columns: SelectColumns = { label: ({ text }) => text, where: (_outcome, { line, value }) => `${String(value['name'])}:${line}` };
    const [record] = await selected(columns, joined({ id: 'a', name: 'x', name_2: 'y' }, outcome, header));
    expect(JSON.stringify(record?.value)).toBe('{"id":"a","name":"x","name_2":"y","label":"good","where":"x:6"}');
    expect(record?.header).toEqual({ keys: ['id', 'name', 'name_2', 'label', 'where'], names: ['id', 'name', 'name', 'label', 'where'] });
  });

  it('lets a field of the same name take the place of the source field', async () => {
    const [record] = await selected({ name: ({ text }) => text }, joined({ id: 'a', name: 'x', name_2: 'y' }, outcome, header));
    expect(record?.header).toEqual(header);
    expect(record?.value).toEqual({ id: 'a', name: 'good', name_2: 'y' });
  });

  it('names the field whose function fails', async () => {
    const failing: SelectColumns = { label: ({ json }) => (json as { label: string }).label };
    await expect(selected(failing, joined({ id: 'a' }))).rejects.toMatchObject({ code: 'template_error', message: expect.stringMatching(/"label".*line 6/) });
  });
});
