import type { Tool } from '@anthropic-ai/sdk/resources/messages';
import { expect, test } from 'vitest';
import { cutAt } from '../../src/emulator/content.ts';
import { embeddingOf } from '../../src/emulator/server.ts';
import { asJsonl, createBatch, failureOf, HOUR, message, rowsOf, start, textOf } from './harness.ts';
import { schemaProblems } from './schema-checker.ts';

const verdict = {
  type: 'object', properties: { label: { type: 'string', enum: ['good', 'bad'] }, score: { type: 'integer', minimum: 1, maximum: 5 } },
  required: ['label', 'score'], additionalProperties: false,
};
const ask = [{ role: 'user' as const, content: 'Classify: fine.' }];

function expectVerdict(text: string | null | undefined): void {
  const answer: unknown = JSON.parse(text ?? '');
  expect([...schemaProblems(verdict, answer, verdict)], text ?? '').toEqual([]);
}

test('chat: text, usage, and the same answer to the same body', async () => {
  const { openai } = await start();
  const body = { model: 'gpt-4o-mini', messages: ask };
  const answer = await openai.chat.completions.create(body);
  const [choice] = answer.choices;
  expect(choice).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant', refusal: null } });
  const { prompt_tokens: prompt = 0, completion_tokens: completion = 0, total_tokens: total } = answer.usage ?? {};
  expect(completion).toBe(Math.ceil(Buffer.byteLength(choice?.message.content ?? '') / 4));
  expect(total).toBe(prompt + completion);
  const again = await openai.chat.completions.create(body);
  expect(again.choices).toEqual(answer.choices);
  expect(again.id).not.toBe(answer.id);
  expect((await openai.chat.completions.create({ ...body, n: 3 })).choices).toHaveLength(3);
  const other = await openai.chat.completions.create({ ...body, messages: [{ role: 'user', content: 'Something else' }] });
  expect(other.choices[0]?.message.content).not.toBe(choice?.message.content);
});

test('an output limit smaller than the answer truncates it, at every endpoint', async () => {
  const { openai, anthropic } = await start({ answer: () => '水車'.repeat(50) });
  const chat = await openai.chat.completions.create({ model: 'gpt-5-mini', messages: ask, max_completion_tokens: 3 });
  expect(chat.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '水車水車' } });
  expect(chat.usage?.completion_tokens).toBe(3);
  const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'hi', max_output_tokens: 3 });
  expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output_text: '水車水車' });
  const completion = await openai.completions.create({ model: 'davinci-002', prompt: 'hi', max_tokens: 3 });
  expect(completion.choices[0]).toMatchObject({ finish_reason: 'length', text: '水車水車' });
  const answer = await anthropic.messages.create(message('x', { max_tokens: 3 }).params);
  expect(answer).toMatchObject({ stop_reason: 'max_tokens', content: [{ type: 'text', text: '水車水車' }], usage: { output_tokens: 3 } });
});

test('a text is cut between characters', () => {
  expect(cutAt('水車水車', 2)).toEqual({ text: '水車', truncated: true });
  expect(cutAt('水車水車', 3)).toEqual({ text: '水車水車', truncated: false });
});

test('a JSON schema gets a valid instance, at every endpoint that takes one', async () => {
  const { openai, anthropic } = await start();
  const chat = await openai.chat.completions.create({
    model: 'gpt-5-mini', messages: ask, response_format: { type: 'json_schema', json_schema: { name: 'verdict', schema: verdict, strict: true } },
  });
  expectVerdict(chat.choices[0]?.message.content);
  const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'hi', text: { format: { type: 'json_schema', name: 'verdict', schema: verdict } } });
  expectVerdict(response.output_text);
  const answer = await anthropic.messages.create(message('x', { output_config: { format: { type: 'json_schema', schema: verdict } } }).params);
  const [block] = answer.content;
  expectVerdict(block?.type === 'text' ? block.text : '');
  const object = await openai.chat.completions.create({ model: 'gpt-4o', messages: ask, response_format: { type: 'json_object' } });
  expect(JSON.parse(object.choices[0]?.message.content ?? '')).toBeTypeOf('object');
});

test('a forced tool is called with valid arguments, at every endpoint that has tools', async () => {
  const { openai, anthropic } = await start();
  const chat = await openai.chat.completions.create({
    model: 'gpt-5-mini', messages: ask, tools: [{ type: 'function', function: { name: 'judge', parameters: verdict } }],
    tool_choice: { type: 'function', function: { name: 'judge' } },
  });
  const [choice] = chat.choices;
  expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  const [call] = choice?.message.tool_calls ?? [];
  expectVerdict(call?.type === 'function' && call.function.name === 'judge' ? call.function.arguments : '');
  const response = await openai.responses.create({
    model: 'gpt-5-mini', input: 'hi', tools: [{ type: 'function', name: 'judge', parameters: verdict, strict: true }], tool_choice: 'required',
  });
  const [item] = response.output;
  expectVerdict(item?.type === 'function_call' ? item.arguments : '');
  const inputSchema: Tool.InputSchema = { ...verdict, type: 'object' };
  const answer = await anthropic.messages.create({
    ...message('x').params, tools: [{ name: 'other', input_schema: { type: 'object' } }, { name: 'judge', input_schema: inputSchema }], tool_choice: { type: 'tool', name: 'judge' },
  });
  expect(answer.stop_reason).toBe('tool_use');
  const [block] = answer.content;
  expectVerdict(block?.type === 'tool_use' && block.name === 'judge' ? JSON.stringify(block.input) : '');
});

test('embeddings have the right length and number, and are those of their texts', async () => {
  const { openai } = await start();
  const embed = (body: object) =>
    openai.embeddings.create({ model: 'text-embedding-3-small', input: 'ping', encoding_format: 'float', ...body });
  const one = await embed({});
  expect(one.data[0]?.embedding).toEqual(embeddingOf('ping', 1536));
  expect((await embed({ model: 'text-embedding-3-large' })).data[0]?.embedding).toHaveLength(3072);
  const several = await embed({ input: ['a', 'b'], dimensions: 256 });
  expect(several.data.map(({ index, embedding }) => [index, embedding])).toEqual([[0, embeddingOf('a', 256)], [1, embeddingOf('b', 256)]]);
  expect((await embed({ input: [[1, 2], [3]] })).data).toHaveLength(2);
  expect((await embed({ input: [1, 2, 3] })).usage.prompt_tokens).toBe(3);
  // Without encoding_format the SDK asks for base64 and decodes it.
  const decoded = await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'ping', dimensions: 8 });
  expect(decoded.data[0]?.embedding).toEqual(embeddingOf('ping', 8).map((value) => Math.fround(value)));
  expect(await failureOf(embed({ input: '' }))).toMatchObject({ status: 400, param: 'input' });
  expect(await failureOf(embed({ dimensions: 2000 }))).toMatchObject({ status: 400, param: 'dimensions' });
});

test('embeddingOf gives unit vectors, different for different texts', () => {
  const vector = embeddingOf('ping', 256);
  expect(Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))).toBeCloseTo(1, 6);
  expect(embeddingOf('pong', 256)).not.toEqual(vector);
});

test('completions and moderations', async () => {
  const { openai } = await start();
  const completion = await openai.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: ['one', 'two'], max_tokens: 500 });
  expect(completion.choices.map(({ index, finish_reason: reason }) => [index, reason])).toEqual([[0, 'stop'], [1, 'stop']]);
  const moderation = await openai.moderations.create({ model: 'omni-moderation-latest', input: ['a', 'b'] });
  expect(moderation.results).toHaveLength(2);
  expect(moderation.results[0]).toMatchObject({ flagged: false, categories: { violence: false }, category_scores: { violence: expect.any(Number) } });
});

test('a batch answers as the synchronous endpoint does', async () => {
  const { openai, clock } = await start();
  const body = { model: 'text-embedding-3-small', input: 'ping', dimensions: 4, encoding_format: 'float' as const };
  const batch = await createBatch(openai, asJsonl([{ custom_id: 'a', method: 'POST', url: '/v1/embeddings', body }]), '/v1/embeddings');
  clock.advance(HOUR);
  const { output_file_id: outputFileId } = await openai.batches.retrieve(batch.id);
  const [row] = rowsOf(await textOf(openai, outputFileId));
  const { data, usage } = await openai.embeddings.create(body);
  expect(row?.response?.body).toMatchObject({ data, usage });
});

test('an endpoint without answers of its own takes those of the answer function', async () => {
  const line = { custom_id: 'a', method: 'POST', url: '/v1/images/generations', body: { model: 'gpt-image-1', prompt: 'a mill' } };
  const fates = [];
  for (const options of [{}, { answer: () => ({ created: 1, data: [{ b64_json: 'AA==' }] }) }]) {
    const { openai, clock } = await start(options);
    const { id } = await createBatch(openai, asJsonl([line]), '/v1/images/generations');
    clock.advance(HOUR);
    const batch = await openai.batches.retrieve(id);
    fates.push(rowsOf(await textOf(openai, batch.output_file_id ?? batch.error_file_id))[0]?.response);
  }
  expect(fates).toMatchObject([{ status_code: 400, body: { error: { message: expect.stringContaining('/v1/images/generations') } } }, { status_code: 200, body: { data: [{ b64_json: 'AA==' }] } }]);
});

test('synchronous refusals come in the envelope of the provider', async () => {
  const { openai, anthropic } = await start();
  const hot = openai.chat.completions.create({ model: 'gpt-5-mini', messages: ask, temperature: 1 });
  expect(await failureOf(hot)).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'temperature' });
  expect(await failureOf(openai.chat.completions.create({ model: 'no-such-model', messages: ask }))).toMatchObject({ status: 404, code: 'model_not_found' });
  expect(await failureOf(openai.chat.completions.create({ model: 'gpt-4o', messages: ask, max_tokens: 0 }))).toMatchObject({ status: 400, param: 'max_tokens' });
  expect(await failureOf(anthropic.messages.create(message('x', { temperature: 1 }).params))).toMatchObject({ status: 400, type: 'invalid_request_error' });
  expect(await failureOf(anthropic.messages.create(message('x', { model: 'no-such-model' }).params))).toMatchObject({ status: 404, type: 'not_found_error' });
  // Synchronously a limit of 0 is fine (anthropic-batches reference, section 2).
  expect(await anthropic.messages.create(message('x', { max_tokens: 0 }).params)).toMatchObject({ content: [], stop_reason: 'max_tokens' });
});
