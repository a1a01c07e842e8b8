import type { LintRule } from '../../src/index.ts';

/** What is expected of a lint: the rule, the line (none for the file as a whole), and the text in that line at which the finding stands. */
export type Expected = readonly [LintRule, number?, string?];

/** A batch input file, and everything that is wrong with it. */
export interface Fixture {
  readonly title: string;
  readonly content: string | Buffer;
  readonly found: readonly Expected[];
  /** `anthropic-version` that it is sent with. */
  readonly version?: string;
}

type Fields = Readonly<Record<string, unknown>>;

export const chat = (id: unknown, body: Fields = {}, fields: Fields = {}): Fields => ({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `Say ${String(id)}` }], ...body }, ...fields });
export const at = (url: string, id: string, body: Fields): Fields => ({ custom_id: id, method: 'POST', url, body });
export const embed = (id: string, body: Fields = {}): Fields => at('/v1/embeddings', id, { model: 'text-embedding-3-small', input: 'ping', dimensions: 4, ...body });
export const ask = (id: unknown, params: Fields = {}, fields: Fields = {}): Fields => ({ custom_id: id, params: { model: 'claude-haiku-4-5', max_tokens: 16, messages: [{ role: 'user', content: `Say ${String(id)}` }], ...params }, ...fields });

export const lines = (...requests: readonly unknown[]): string => requests.map((request) => `${typeof request === 'string' ? request : JSON.stringify(request)}\n`).join('');
export const body = (...requests: readonly unknown[]): string => `{"requests":[${requests.map((request) => (typeof request === 'string' ? request : JSON.stringify(request))).join(',\n')}]}`;
const without = (fields: Fields, name: string): Fields => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
const many = (count: number, make: (index: number) => Fields): string => lines(...Array.from({ length: count }, (_, index) => make(index)));

const good = chat('good');
const fine = ask('fine');
const brokenBytes = (text: string): Buffer => Buffer.concat([Buffer.from(text.slice(0, text.indexOf('§'))), Buffer.from([0xff]), Buffer.from(text.slice(text.indexOf('§') + 1))]);
/** Long enough for no model of 128,000 tokens. */
const novel = 'word '.repeat(140_000);

/** Every kind of finding in files of OpenAI. */
export const openaiFixtures: readonly Fixture[] = [
  { title: 'a clean file', content: lines(good, chat('other', { temperature: 0, max_tokens: 5 })), found: [] },
  { title: 'a clean file without a last line feed', content: lines(good).trimEnd(), found: [] },
  { title: 'every endpoint that has answers: responses', content: lines(at('/v1/responses', 'a', { model: 'gpt-5-mini', input: 'hi', max_output_tokens: 16 })), found: [] },
  { title: 'embeddings, one and several inputs, and token numbers', content: lines(embed('a'), embed('b', { input: ['x', 'y'] }), embed('c', { input: [1, 2, 3] })), found: [] },
  { title: 'completions', content: lines(at('/v1/completions', 'a', { model: 'davinci-002', prompt: 'hi', max_tokens: 3 })), found: [] },
  { title: 'moderations, which need no model', content: lines(at('/v1/moderations', 'a', { input: 'hi' }), at('/v1/moderations', 'b', { model: 'omni-moderation-latest', input: ['x'] })), found: [] },
  { title: 'null for parameters that are not set', content: lines(chat('a', { model: 'gpt-5-mini', temperature: null, max_tokens: null, top_p: null })), found: [] },
  { title: 'nothing', content: '', found: [['empty_file']] },
  { title: 'blank lines alone', content: '\n \n', found: [['blank_line', 1, ''], ['blank_line', 2, ''], ['empty_file']] },
  { title: 'a byte order mark', content: `\uFEFF${lines(good)}`, found: [['byte_order_mark', 1, '']] },
  { title: 'two byte order marks', content: `\uFEFF\uFEFF${lines(good)}`, found: [['byte_order_mark', 1, '']] },
  { title: 'a byte order mark inside, as of files put together', content: `${lines(good)}\uFEFF${lines(chat('b'))}`, found: [['byte_order_mark', 2, '']] },
  { title: 'a blank line', content: `${lines(good)}\n${lines(chat('b'))}`, found: [['blank_line', 2, '']] },
  { title: 'CRLF', content: `${lines(good).trimEnd()}\r\n`, found: [['carriage_return', 1, '\r']] },
  { title: 'white space around', content: `${lines(good)}  ${JSON.stringify(chat('b'))}\n${JSON.stringify(chat('c'))} \n`, found: [['surrounding_space', 2, ''], ['surrounding_space', 3, ' \0']] },
  { title: 'bytes that are no UTF-8', content: brokenBytes(lines(good, chat('b', { messages: [{ role: 'user', content: 'caf§' }] }))), found: [['not_utf8', 2, '\uFFFD']] },
  { title: 'a replacement character, which is UTF-8', content: lines(chat('a', { messages: [{ role: 'user', content: 'caf\uFFFD' }] })), found: [] },
  { title: 'bytes that are no UTF-8 in the first line', content: brokenBytes(lines(chat('b', { messages: [{ role: 'user', content: '\uFFFD caf§' }] }))), found: [['not_utf8', 1, '\uFFFD"']] },
  { title: 'one JSON array', content: JSON.stringify([good, chat('b')], undefined, 1), found: [['json_array', 1, '[']] },
  { title: 'a line that is no JSON', content: lines(good, '{"custom_id": nope}', chat('c')), found: [['invalid_json', 2, 'nope']] },
  { title: 'a line that was cut off', content: lines(good) + JSON.stringify(chat('b')).slice(0, 40), found: [['invalid_json', 2, '\0']] },
  { title: 'a line that is no object', content: lines(good, '"text"'), found: [['not_an_object', 2, '"text"']] },
  { title: 'a first line that is no object', content: lines('17', good), found: [['not_an_object', 1, '17']] },
  ...['custom_id', 'method', 'url', 'body'].map((name): Fixture => ({ title: `no ${name}`, content: lines(good, without(chat('b'), name)), found: [['missing_field', 2, '{']] })),
  { title: 'an empty custom_id', content: lines(chat('')), found: [['missing_field', 1, '{']] },
  { title: 'a field that is none', content: lines(chat('a', {}, { prompt: 'hi' })), found: [['unknown_field', 1, '"prompt"']] },
  { title: 'a custom_id that is a number', content: lines(good, chat(17)), found: [['wrong_type', 2, '17,"method"']] },
  { title: 'a number and its text, which are two ids', content: lines(chat(17), chat('17')), found: [['wrong_type', 1, '17,"method"']] },
  { title: 'a url that is a number', content: lines(good, chat('b', {}, { url: 1 })), found: [['wrong_type', 2, '1,"body"']] },
  { title: 'a body that is a text', content: lines(good, chat('b', {}, { body: '{}' })), found: [['wrong_type', 2, '"{}"']] },
  { title: 'a very long custom_id', content: lines(chat('x'.repeat(513))), found: [['long_custom_id', 1, '"xxx']] },
  { title: 'the same custom_id twice', content: lines(chat('a'), chat('b'), chat('a')), found: [['duplicate_custom_id', 3, '"a"']] },
  { title: 'another method', content: lines(good, chat('b', {}, { method: 'post' })), found: [['wrong_method', 2, '"post"']] },
  { title: 'a url without batches', content: lines(chat('a', {}, { url: '/v1/audio/speech' })), found: [['unknown_url', 1, '"/v1/audio']] },
  { title: 'a second url', content: lines(good, at('/v1/responses', 'b', { model: 'gpt-4o-mini', input: 'x' })), found: [['mixed_urls', 2, '"/v1/responses"'], ['missing_parameter', 2, '{"model"'], ['unknown_parameter', 2, '"input"']] },
  { title: 'no model', content: lines(good, chat('b', { model: undefined })), found: [['missing_parameter', 2, '{"messages"']] },
  { title: 'an empty model', content: lines(good, chat('b', { model: '' })), found: [['missing_parameter', 2, '""']] },
  { title: 'a second model', content: lines(good, chat('b', { model: 'gpt-4o' })), found: [['mixed_models', 2, '"gpt-4o"']] },
  { title: 'a model of another endpoint', content: lines(chat('a', { model: 'text-embedding-3-small' })), found: [['wrong_endpoint', 1, '"text-embedding']] },
  { title: 'a model of another provider', content: lines(chat('a', { model: 'claude-haiku-4-5' })), found: [['wrong_endpoint', 1, '"claude']] },
  { title: 'a model that nobody knows', content: lines(chat('a', { model: 'my-deployment' })), found: [['unknown_model', 1, '"my-']] },
  { title: 'no messages', content: lines(good, chat('b', { messages: undefined })), found: [['missing_parameter', 2, '{"model"']] },
  { title: 'messages that are a text', content: lines(chat('a', { messages: 'hi' })), found: [['invalid_messages', 1, '"hi"']] },
  { title: 'no message in messages', content: lines(chat('a', { messages: [] })), found: [['invalid_messages', 1, '[]']] },
  { title: 'a message without a role', content: lines(chat('a', { messages: [{ role: 'system', content: 's' }, { content: 'hi' }] })), found: [['invalid_messages', 1, '{"content":"hi"}']] },
  { title: 'no input', content: lines(at('/v1/responses', 'a', { model: 'gpt-5-mini' })), found: [['missing_parameter', 1, '{"model"']] },
  { title: 'streaming', content: lines(good, chat('b', { stream: true })), found: [['streaming', 2, 'true']] },
  { title: 'streaming that is off', content: lines(chat('b', { stream: false })), found: [] },
  ...['temperature', 'top_p', 'logprobs', 'top_logprobs'].map((name): Fixture => ({ title: `${name} with gpt-5`, content: lines(chat('a', { model: 'gpt-5', [name]: 0 })), found: [['unsupported_parameter', 1, '0}}']] })),
  { title: 'temperature with gpt-5 on responses', content: lines(at('/v1/responses', 'a', { model: 'gpt-5.4-mini', input: 'x', temperature: 1 })), found: [['unsupported_parameter', 1, '1}}']] },
  { title: 'max_tokens with gpt-5', content: lines(chat('a', { model: 'gpt-5-nano', max_tokens: 9 })), found: [['unsupported_parameter', 1, '9}}']] },
  { title: 'max_tokens with a fine-tuned o4-mini', content: lines(chat('a', { model: 'ft:o4-mini:acme::1', max_tokens: 9 })), found: [['unsupported_parameter', 1, '9}}']] },
  { title: 'max_completion_tokens with gpt-5', content: lines(chat('a', { model: 'gpt-5', max_completion_tokens: 9 })), found: [] },
  { title: 'a limit of nothing', content: lines(chat('a', { max_tokens: 0 })), found: [['invalid_limit', 1, '0}}']] },
  { title: 'a limit that is a text', content: lines(chat('a', { max_completion_tokens: '9' })), found: [['invalid_limit', 1, '"9"']] },
  { title: 'a limit that is no whole number', content: lines(at('/v1/responses', 'a', { model: 'gpt-4o', input: 'x', max_output_tokens: 1.5 })), found: [['invalid_limit', 1, '1.5']] },
  { title: 'a parameter misspelled', content: lines(chat('a', { max_token: 5 })), found: [['unknown_parameter', 1, '"max_token"']] },
  { title: 'an empty prompt', content: lines(chat('a', { messages: [{ role: 'system', content: 'Be short.' }, { role: 'user', content: ' \n' }] })), found: [['empty_prompt', 1, '{"model"']] },
  { title: 'a prompt that is an image', content: lines(chat('a', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] })), found: [] },
  { title: 'a prompt longer than the model can hold', content: lines(chat('a', { messages: [{ role: 'user', content: novel }] })), found: [['context_overflow', 1, '{"model"']] },
  { title: 'the same prompt to a model that can', content: lines(chat('a', { model: 'gpt-4.1', messages: [{ role: 'user', content: novel }] })), found: [] },
  { title: 'an empty input', content: lines(embed('a'), embed('b', { input: '' }), embed('c', { input: ['x', ''] }), embed('d', { input: [] })), found: [['empty_input', 2, '"",'], ['empty_prompt', 2, '{"model"'], ['empty_input', 3, '""]'], ['empty_input', 4, '[]']] },
  { title: 'more inputs than one request may have', content: lines(embed('a', { input: Array.from({ length: 2049 }, () => 'x') })), found: [['too_many_inputs', 1, '["x"']] },
  { title: 'as many inputs as one request may have', content: lines(embed('a', { input: Array.from({ length: 2048 }, () => 'x') })), found: [] },
  { title: 'an input that is too long for the model', content: lines(embed('a', { input: ['short', 'word '.repeat(9000)] })), found: [['context_overflow', 1, '{"model"']] },
  { title: 'more dimensions than there are', content: lines(embed('a', { dimensions: 1537 }), embed('b', { dimensions: 0 })), found: [['invalid_dimensions', 1, '1537'], ['invalid_dimensions', 2, '0}}']] },
  { title: 'more embedding inputs than a batch may have', content: many(25, (index) => embed(`r-${index}`, { input: Array.from({ length: index === 24 ? 849 : 2048 }, () => 'x') })), found: [['too_many_embedding_inputs', 25, '["x"']] },
  { title: 'as many embedding inputs as a batch may have', content: many(25, (index) => embed(`r-${index}`, { dimensions: 1, input: Array.from({ length: index === 24 ? 848 : 2048 }, () => 'x') })), found: [] },
  { title: 'more requests than a batch may have', content: many(50_001, (index) => chat(`r-${index}`)), found: [['too_many_requests', 50_001, '{']] },
  { title: 'several things in one line', content: lines(chat('a', { model: 'gpt-5', temperature: 1, stream: true, messages: [] }, { method: 'GET', extra: 1 })), found: [['unknown_field', 1, '"extra"'], ['wrong_method', 1, '"GET"'], ['streaming', 1, 'true'], ['invalid_messages', 1, '[]'], ['unsupported_parameter', 1, '1,"stream"']] },
];

const old = '2023-06-01';
const system = { role: 'system', content: 'Be short.' };

/** Every kind of finding in bodies of Anthropic. */
export const anthropicFixtures: readonly Fixture[] = [
  { title: 'a clean body', content: body(fine, ask('b', { system: 'Be short.' }), ask('c', { model: 'claude-sonnet-4-6' })), found: [] },
  { title: 'a clean body, laid out over lines', content: JSON.stringify({ requests: [fine, ask('b')] }, undefined, 2), found: [] },
  { title: 'a body without requests', content: '{"requests":[]}', found: [['empty_file']] },
  { title: 'an empty object', content: '{ "requests" : [ ] }\n', found: [['empty_file']] },
  { title: 'a byte order mark', content: `\uFEFF${body(fine)}`, found: [['byte_order_mark', 1, '']] },
  { title: 'two byte order marks', content: `\uFEFF\uFEFF${body(fine)}`, found: [['byte_order_mark', 1, '']] },
  { title: 'a body that was cut off', content: body(fine, ask('b')).slice(0, -30), found: [['invalid_json', 2, '{"custom_id":"b"']] },
  { title: 'a body that was cut off between two requests', content: `${body(fine).slice(0, -2)},\n`, found: [['invalid_json', 2, '']] },
  { title: 'something after the end', content: `${body(fine)}}`, found: [['invalid_json', 1, '\0}']] },
  { title: 'a comma too many', content: `{"requests":[${JSON.stringify(fine)},]}`, found: [['invalid_json', 1, ']}\0']] },
  { title: 'requests that are no array', content: '{"requests":{}}', found: [['invalid_json', 1, '{}}'], ['empty_file']] },
  { title: 'a request that is no JSON', content: body(fine, '{"custom_id":"b" "params":{}}', ask('c')), found: [['invalid_json', 2, '"params"']] },
  { title: 'a request that is no object', content: body(fine, 17), found: [['not_an_object', 2, '17']] },
  { title: 'a member beside the requests', content: `{"requests":[${JSON.stringify(fine)}],"model":"claude-haiku-4-5"}`, found: [['unknown_member', 1, '"model":"claude-haiku-4-5"}\0']] },
  { title: 'bytes that are no UTF-8', content: brokenBytes(body(fine, ask('b', { messages: [{ role: 'user', content: 'caf§' }] }))), found: [['not_utf8', 2, '\uFFFD']] },
  { title: 'no custom_id', content: body(fine, without(ask('b'), 'custom_id')), found: [['missing_field', 2, '{']] },
  { title: 'no params', content: body(fine, without(ask('b'), 'params')), found: [['missing_field', 2, '{']] },
  { title: 'params that are a text', content: body(fine, ask('b', {}, { params: 'hi' })), found: [['wrong_type', 2, '"hi"']] },
  { title: 'a custom_id that is a number', content: body(fine, ask(17)), found: [['wrong_type', 2, '17']] },
  { title: 'a custom_id with a space', content: body(fine, ask('a b')), found: [['invalid_custom_id', 2, '"a b"']] },
  { title: 'a custom_id of 65 characters', content: body(fine, ask('x'.repeat(65))), found: [['invalid_custom_id', 2, '"xxx']] },
  { title: 'a custom_id of 64 characters', content: body(fine, ask('x'.repeat(64))), found: [] },
  { title: 'an empty custom_id', content: body(fine, ask('')), found: [['invalid_custom_id', 2, '""']] },
  { title: 'the same custom_id twice', content: body(ask('a'), ask('b'), ask('a')), found: [['duplicate_custom_id', 3, '"a"']] },
  { title: 'a field that is none', content: body(ask('a', {}, { url: '/v1/messages' })), found: [['unknown_field', 1, '"url"']] },
  { title: 'more requests than a batch may have', content: body(...Array.from({ length: 100_001 }, (_, index) => ask(`r-${index}`))), found: [['too_many_requests', 100_001, '{']] },
  { title: 'no model', content: body(fine, ask('b', { model: undefined })), found: [['missing_parameter', 2, '{"max_tokens"']] },
  { title: 'no limit', content: body(fine, ask('b', { max_tokens: undefined })), found: [['missing_parameter', 2, '{"model"']] },
  { title: 'no messages', content: body(fine, ask('b', { messages: undefined })), found: [['missing_parameter', 2, '{"model"']] },
  { title: 'a model of another provider', content: body(fine, ask('b', { model: 'gpt-4o' })), found: [['wrong_endpoint', 2, '"gpt-4o"']] },
  { title: 'streaming', content: body(fine, ask('b', { stream: true })), found: [['streaming', 2, 'true']] },
  { title: 'a limit of nothing', content: body(fine, ask('b', { max_tokens: 0 })), found: [['invalid_limit', 2, '0,"messages"']] },
  { title: 'a limit that is no whole number', content: body(fine, ask('b', { max_tokens: '16' })), found: [['invalid_limit', 2, '"16"']] },
  { title: 'fast mode', content: body(fine, ask('b', { speed: 'fast' })), found: [['unsupported_parameter', 2, '"fast"']] },
  { title: 'billing to a profile', content: body(fine, ask('b', { billing_policy: { bill_to: 'user_profile' } })), found: [['unsupported_parameter', 2, '"user_profile"']] },
  { title: 'a system message', content: body(fine, ask('b', { messages: [system, { role: 'user', content: 'hi' }] })), found: [['system_role', 2, '"system"']] },
  { title: 'a role that is none', content: body(fine, ask('b', { messages: [{ role: 'human', content: 'hi' }] })), found: [['invalid_messages', 2, '"human"']] },
  { title: 'no message', content: body(fine, ask('b', { messages: [] })), found: [['invalid_messages', 2, '[]']] },
  { title: 'a message without content', content: body(fine, ask('b', { messages: [{ role: 'user' }] })), found: [['invalid_messages', 2, '{"role"']] },
  ...['temperature', 'top_p', 'top_k'].flatMap((name): Fixture[] => [
    { title: `${name} under the new version`, content: body(fine, ask('b', { [name]: 1 })), found: [['unsupported_parameter', 2, '1}}']] },
    { title: `${name} under the old version`, content: body(fine, ask('b', { [name]: 1 })), found: [], version: old },
  ]),
  { title: 'a document of the assistant', content: body(fine, ask('b', { messages: [{ role: 'user', content: 'hi' }, { role: 'assistant', content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }] }] })), found: [['unsupported_block', 2, '{"type":"document"']] },
  { title: 'citations of the user', content: body(fine, ask('b', { messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', citations: [{ type: 'char_location' }] }] }] })), found: [['unsupported_block', 2, '{"type":"text"']] },
  { title: 'citations of the user under the old version', content: body(fine, ask('b', { messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', citations: [{ type: 'char_location' }] }] }] })), found: [], version: old },
  { title: 'a parameter misspelled', content: body(ask('a', { sytem: 'Be short.' })), found: [['unknown_parameter', 1, '"sytem"']] },
  { title: 'an empty prompt', content: body(ask('a', { messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] })), found: [['empty_prompt', 1, '{"model"']] },
  { title: 'a prompt longer than the model can hold', content: body(ask('a', { messages: [{ role: 'user', content: 'word '.repeat(210_000) }] })), found: [['context_overflow', 1, '{"model"']] },
];
