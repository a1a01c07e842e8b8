import type { JsonObject, JsonValue } from '../../records/record.ts';
import type { BatchRequest } from '../../requests/request.ts';
import type { JsonPath, ResultLayout, ResultLayouts, UsageLayout } from '../../results/result-layout.ts';
import type { RequestFrame } from '../../shards/limits.ts';
import type { Answer, BatchResult, FinishReason, ResultError, ToolCall, Usage } from '../../results/result.ts';

type Json = JsonValue | undefined;

/** The request line of a request: `{custom_id, method, url, body}`. */
export function formatRequest({ customId, wireId, endpoint, body }: BatchRequest): string {
  const { open, between, close } = frameRequest(endpoint);
  return open + JSON.stringify(wireId ?? customId) + between + JSON.stringify(body) + close;
}

/** What a request line has around the id and the body. */
export function frameRequest(endpoint: string): RequestFrame {
  return { open: '{"custom_id":', between: `,"method":"POST","url":${JSON.stringify(endpoint)},"body":`, close: '}' };
}

/**
 * The result in a line of an output or error file of OpenAI, or of a server that speaks its wire (Azure, Groq, DeepInfra, Doubleword,
 * Fireworks, Mistral, Together, vLLM, Zhipu, ...), told by shape; `undefined` if it is no such line, e.g. a request line.
 * Whatever says "failed" counts: an `error`, a status that is not 2xx (0 included), no response at all; a failed request has a
 * top-level `error` of null and its reason in `response.body.error`. Sources: OpenAI batch guide, published result files of each server.
 */
export function parseResult(line: JsonObject): BatchResult | undefined {
  const customId = textOf(line['custom_id']) ?? numberOf(line['custom_id'])?.toString();
  if (customId === undefined || (line['response'] === undefined && line['error'] === undefined)) return undefined;
  const response = objectOf(line['response']);
  // Fireworks gives the completion itself as `response`, with no envelope around it.
  const enveloped = response !== undefined && ('body' in response || 'status_code' in response);
  const body = decoded(enveloped ? response['body'] : response);
  const status = numberOf(response?.['status_code']);
  const failure = failureOf(line, body, status);
  if (failure === 'unrecognized') return undefined;
  const common = { customId, ...defined({ statusCode: failure?.status ?? status, requestId: wordOf(response?.['request_id']) }) };
  if (failure === undefined) return { kind: 'answered', ...common, answer: answerOf(body), body: objectOf(body) ?? {} };
  if (failure.error.code === 'batch_expired') return { kind: 'expired', ...common };
  if (/^batch_cancell?ed$/.test(failure.error.code)) return { kind: 'canceled', ...common };
  return { kind: 'errored', ...common, error: failure.error, ...defined({ body: objectOf(body) }) };
}

/**
 * Where the parts of an answer stand in a line of chat, responses, completions or embeddings: the lines that come by the million. All
 * others (failures, tool calls, several texts, a refusal) have no layout, and are parsed.
 */
export const resultLayouts: ResultLayouts = { describes: parseResult, layoutOf };

function layoutOf(line: JsonObject): ResultLayout | undefined {
  const body = objectOf(objectOf(line['response'])?.['body']);
  if (typeof line['custom_id'] !== 'string' || body === undefined || isGiven(line['error']) || isGiven(body['error'])) return undefined;
  const content = contentLayout(body);
  const usage = usageLayout(body['usage']);
  if (content === undefined || usage === undefined) return undefined;
  const inBody = (path: JsonPath): JsonPath => ['response', 'body', ...path];
  const { text, embedding, decisive } = content;
  const { input, output, cached, reasoning } = usage;
  return {
    customId: ['custom_id'],
    ...defined({ requestId: textOf(objectOf(line['response'])?.['request_id']) ? ['response', 'request_id'] : undefined, text: text && inBody(text), embedding: embedding && inBody(embedding) }),
    usage: { input: input.map(inBody), ...defined({ output: output && inBody(output), cached: cached && inBody(cached), reasoning: reasoning && inBody(reasoning) }) },
    decisive: [['response', 'status_code'], ['response', 'request_id'], ...[['model'], ['object'], ['status'], ['incomplete_details', 'reason'], ...decisive].map(inBody)],
  };
}

type ContentLayout = Pick<ResultLayout, 'text' | 'embedding' | 'decisive'>;

/** The same cases as `contentOf`, in the same order. */
function contentLayout(body: JsonObject): ContentLayout | undefined {
  if (Array.isArray(body['choices'])) return choiceLayout(objectOf(listOf(body['choices'])[0]));
  if (body['object'] === 'response' || Array.isArray(body['output'])) return outputLayout(listOf(body['output']));
  const data = listOf(body['data']);
  const vector = data.length === 1 ? objectOf(data[0])?.['embedding'] : undefined;
  return Array.isArray(vector) && vector.length > 0 ? { embedding: ['data', 0, 'embedding'], decisive: [] } : undefined;
}

function choiceLayout(choice: JsonObject | undefined): ContentLayout | undefined {
  const message = objectOf(choice?.['message']);
  const text = message === undefined ? choice?.['text'] : message['content'];
  const calls = [message?.['tool_calls'], message?.['function_call'], message?.['refusal']];
  if (choice === undefined || calls.some((call) => isGiven(call) && !(Array.isArray(call) && call.length === 0))) return undefined;
  const decisive: readonly JsonPath[] = [['choices', 0, 'finish_reason']];
  if (!isGiven(text)) return { decisive };
  return typeof text === 'string' ? { text: ['choices', 0, ...(message === undefined ? ['text'] : ['message', 'content'])], decisive } : undefined;
}

function outputLayout(output: readonly JsonValue[]): ContentLayout | undefined {
  const texts: JsonPath[] = [];
  const decisive: JsonPath[] = [];
  for (const [position, item] of output.entries()) {
    const type = objectOf(item)?.['type'];
    if (type === 'function_call' || type === 'custom_tool_call') return undefined;
    decisive.push(['output', position, 'type']);
    for (const [place, part] of listOf(type === 'message' ? objectOf(item)?.['content'] : undefined).entries()) {
      const { type: kind, text, refusal } = objectOf(part) ?? {};
      if (isGiven(refusal) || ((kind === 'text' || kind === 'output_text') && typeof text !== 'string')) return undefined;
      decisive.push(['output', position, 'content', place, 'type']);
      if (kind === 'text' || kind === 'output_text') texts.push(['output', position, 'content', place, 'text']);
    }
  }
  return texts.length > 1 ? undefined : { decisive, ...defined({ text: texts[0] }) };
}

/** The places that `usageOf` reads; `undefined` where one of them holds anything but a plain count. */
function usageLayout(value: Json): UsageLayout | undefined {
  const usage = objectOf(value) ?? {};
  const input = firstGiven(usage, [['prompt_tokens'], ['input_tokens']]);
  const output = firstGiven(usage, [['completion_tokens'], ['output_tokens']]);
  const inputDetails = isGiven(usage['prompt_tokens_details']) ? 'prompt_tokens_details' : 'input_tokens_details';
  const outputDetails = isGiven(usage['completion_tokens_details']) ? 'completion_tokens_details' : 'output_tokens_details';
  const cached = firstGiven(usage, [[inputDetails, 'cached_tokens'], ['cached_tokens']]);
  const reasoning = firstGiven(usage, [[outputDetails, 'reasoning_tokens'], ['reasoning_tokens']]);
  const found = [input, output, cached, reasoning];
  if (found.some((path) => path !== undefined && !isCount(valueAt(usage, path)))) return undefined;
  const inUsage = (path: JsonPath | undefined): JsonPath | undefined => path && ['usage', ...path];
  const wanted = input === undefined && output === undefined ? {} : defined({ output: inUsage(output), cached: inUsage(cached), reasoning: inUsage(reasoning) });
  return { input: input === undefined ? [] : [['usage', ...input]], ...wanted };
}

function firstGiven(fields: JsonObject, paths: readonly (readonly string[])[]): readonly string[] | undefined {
  return paths.find((path) => isGiven(valueAt(fields, path)));
}

function valueAt(fields: JsonObject, path: readonly string[]): Json {
  return path.reduce<Json>((value, key) => objectOf(value)?.[key], fields);
}

/** An error, and the HTTP status it came with, where there was one. */
interface Failure {
  readonly error: ResultError;
  readonly status: number | undefined;
}

function failureOf(line: JsonObject, body: Json, status: number | undefined): Failure | 'unrecognized' | undefined {
  const fields = objectOf(body);
  const inner = fields?.['error'];
  const failedStatus = status !== undefined && Math.floor(status / 100) !== 2 ? status : undefined;
  if (isMeaningful(line['error'])) return readFailure(decoded(line['error']), failedStatus);
  if (failedStatus !== undefined) return readFailure(isMeaningful(inner) ? decoded(inner) : body, failedStatus);
  if (isMeaningful(inner) && !Array.isArray(fields?.['choices'])) return readFailure(decoded(inner), undefined);
  // Text where JSON belongs is the page of a proxy, not an answer.
  if (typeof body === 'string' && body !== '') return readFailure(body, undefined);
  // A response that failed or was canceled in itself comes with HTTP 200 and, as a rule, an `error`, which was dealt with above.
  if (fields?.['object'] === 'response' && /^(failed|cancelled)$/.test(textOf(fields['status']) ?? '')) return readFailure(undefined, undefined);
  if (status !== undefined || looksAnswered(fields)) return undefined;
  // Nothing came back for this request; but a response that is not of this family at all is another matter.
  return isMeaningful(line['response']) ? 'unrecognized' : readFailure(undefined, undefined);
}

/** Reads an error object, the same wrapped in another, Mistral's and FastAPI's bare bodies, or plain text. */
function readFailure(value: Json, knownStatus: number | undefined): Failure {
  const outer = objectOf(value);
  const fields = objectOf(outer?.['error']) ?? outer ?? {};
  // Some servers put the HTTP status where the code belongs: DeepInfra "400", vLLM 400.
  const status = knownStatus ?? numberOf(fields['raw_status_code']) ?? (isHttpStatus(fields['code']) ? Number(fields['code']) : undefined);
  const code = isHttpStatus(fields['code']) ? undefined : wordOf(fields['code']);
  const said = fields['message'] ?? fields['detail'] ?? value;
  const silence = status === undefined ? 'The provider gave neither an answer nor an error.' : `The provider gave status ${status} and no message.`;
  const error = {
    code: code ?? wordOf(fields['type']) ?? (status === undefined ? 'unknown_error' : `http_${status}`),
    message: wordOf(said) ?? (isMeaningful(said) ? JSON.stringify(said).slice(0, 2000) : silence),
    ...defined({ type: wordOf(fields['type']), param: wordOf(fields['param']) }),
  };
  return { error, status };
}

function looksAnswered(body: JsonObject | undefined): boolean {
  return body !== undefined && ['choices', 'data', 'output', 'results'].some((field) => Array.isArray(body[field]));
}

function answerOf(body: Json): Answer {
  const fields = objectOf(body);
  if (fields === undefined) return defined({ output: isMeaningful(body) ? body : undefined });
  const content = contentOf(fields);
  // Where a model declines in words the provider still says "stop".
  const declined = content.refusal !== undefined && (content.finishReason ?? 'stop') === 'stop';
  const finishReason = declined ? 'refusal' : content.finishReason;
  return { ...content, ...defined({ finishReason, model: wordOf(fields['model']), usage: usageOf(fields['usage']) }) };
}

function contentOf(body: JsonObject): Answer {
  if (Array.isArray(body['choices'])) return readChoice(objectsOf(body['choices'])[0] ?? {});
  if (body['object'] === 'response' || Array.isArray(body['output'])) return readOutput(body);
  if (Array.isArray(body['data'])) return readData(listOf(body['data']));
  if (Array.isArray(body['results'])) return { output: single(listOf(body['results'])) };
  // A transcription is its text; videos and whatever comes next are their whole body.
  return textOf(body['text']) === undefined ? { output: body } : defined({ text: textOf(body['text']) });
}

/** Chat puts the answer in `message`, completions in `text`. Of several choices the first is the answer; the body has them all. */
function readChoice(choice: JsonObject): Answer {
  const message = objectOf(choice['message']);
  const calls = objectsOf(message?.['tool_calls']).map((call) => toolCall(objectOf(call['function'] ?? call['custom']) ?? {}, call['id']));
  const legacy = objectsOf([message?.['function_call'] ?? null]).map((call) => toolCall(call, undefined));
  return defined({
    text: message === undefined ? textOf(choice['text']) : (textOf(message['content']) ?? partsText(message['content'])),
    refusal: wordOf(message?.['refusal']),
    toolCalls: nonEmpty([...calls, ...legacy]),
    finishReason: finishReasonOf(choice['finish_reason']),
  });
}

/** The Responses API: a list of items. Reasoning is not text; the items of hosted tools are no calls to the user's own tools. */
function readOutput(body: JsonObject): Answer {
  const items = objectsOf(body['output']);
  const parts = items.filter((item) => item['type'] === 'message').flatMap((item) => objectsOf(item['content']));
  const calls = items.filter((item) => item['type'] === 'function_call' || item['type'] === 'custom_tool_call');
  const incomplete = finishReasonOf(objectOf(body['incomplete_details'])?.['reason']);
  return defined({
    text: partsText(parts),
    refusal: wordOf(parts.map((part) => textOf(part['refusal']) ?? '').join('')),
    toolCalls: nonEmpty(calls.map((call) => toolCall(call, call['call_id'] ?? call['id']))),
    finishReason: body['status'] === 'incomplete' ? (incomplete ?? 'length') : calls.length > 0 ? 'tool_calls' : finishReasonOf(body['status']),
  });
}

/** A list: embeddings, in the order of their inputs; or images, scores and the like. */
function readData(data: readonly JsonValue[]): Answer {
  const vectors = objectsOf(data).filter((entry) => entry['embedding'] !== undefined);
  if (vectors.length === 0) return { output: data };
  vectors.sort((a, b) => (numberOf(a['index']) ?? 0) - (numberOf(b['index']) ?? 0));
  return { embedding: single(vectors.map((entry) => entry['embedding'] ?? null)) };
}

function toolCall(call: JsonObject, id: Json): ToolCall {
  const given = call['arguments'] ?? call['input'] ?? '';
  return { ...defined({ id: wordOf(id) }), name: textOf(call['name']) ?? '', arguments: textOf(given) ?? JSON.stringify(given) };
}

/** Text parts joined; `undefined` if there are none. Mistral's `thinking` parts and reasoning are not text. */
function partsText(content: Json): string | undefined {
  const texts = objectsOf(content).filter((part) => part['type'] === 'text' || part['type'] === 'output_text');
  return texts.length === 0 ? undefined : texts.map((part) => textOf(part['text']) ?? '').join('');
}

/** The words of OpenAI, Together (`eos`), Mistral (`model_length`), Zhipu (`sensitive`) and the Responses API. */
const finishReasonWords: readonly (readonly [FinishReason, RegExp])[] = [
  ['stop', /^(stop|eos|eos_token|stop_sequence|completed)$/i],
  ['length', /^(length|max_tokens|max_output_tokens|model_length)$/i],
  ['tool_calls', /^(tool_calls?|function_call)$/i],
  ['content_filter', /^(content_filter|sensitive)$/i],
];

function finishReasonOf(word: Json): FinishReason | undefined {
  if (typeof word !== 'string' || word === '') return undefined;
  return finishReasonWords.find(([, words]) => words.test(word))?.[0] ?? 'other';
}

/** Chat says prompt and completion, Responses input and output. Together puts `reasoning_tokens` at the top of `usage`. */
function usageOf(value: Json): Usage | undefined {
  const usage = objectOf(value) ?? {};
  const input = numberOf(usage['prompt_tokens']) ?? numberOf(usage['input_tokens']);
  const output = numberOf(usage['completion_tokens']) ?? numberOf(usage['output_tokens']);
  if (input === undefined && output === undefined) return undefined;
  const inputDetails = objectOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const cached = inputDetails?.['cached_tokens'] ?? usage['cached_tokens'];
  const reasoning = objectOf(usage['completion_tokens_details'] ?? usage['output_tokens_details'])?.['reasoning_tokens'];
  const details = defined({
    cachedInputTokens: numberOf(cached),
    cacheWriteTokens: numberOf(inputDetails?.['cache_write_tokens']),
    reasoningTokens: numberOf(reasoning ?? usage['reasoning_tokens']),
  });
  return { inputTokens: input ?? 0, outputTokens: output ?? 0, ...details };
}

/** Mistral, and servers behind proxies, put JSON in a string where an object belongs. Text that is no JSON stays text. */
function decoded(value: Json): Json {
  if (typeof value !== 'string' || !/^\s*\{/.test(value)) return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

/** Not one of the ways to say "nothing": null, "", {}, [] or an object of such. */
function isMeaningful(value: Json): value is JsonValue {
  return typeof value === 'object' && value !== null ? Object.values(value).some(isMeaningful) : value !== undefined && value !== null && value !== '';
}

/** The members that are not undefined, for types whose optional members must be absent. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key] as Exclude<T[typeof key], undefined>;
  return kept;
}

const isGiven = (value: Json): value is NonNullable<Json> => value !== undefined && value !== null;
const isCount = (value: Json): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isHttpStatus = (value: Json): boolean => /^[1-5]\d\d$/.test(wordOf(value) ?? '');
const textOf = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined);
const wordOf = (value: Json): string | undefined => (typeof value === 'number' ? String(value) : textOf(value) || undefined);
const numberOf = (value: Json): number | undefined => (/^-?\d+(\.\d+)?$/.test(wordOf(value) ?? '') ? Number(value) : undefined);
const listOf = (value: Json): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: Json): JsonObject | undefined => (isObject(value) ? value : undefined);
const objectsOf = (value: Json): JsonObject[] => listOf(value).filter(isObject);
const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);
const single = (list: readonly JsonValue[]): JsonValue => (list.length === 1 && list[0] !== undefined ? list[0] : list);
