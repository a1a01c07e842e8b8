import type { JsonObject, JsonValue } from '../../records/record.ts';
import type { BatchRequest } from '../../requests/request.ts';
import type { JsonPath, ResultLayout, ResultLayouts } from '../../results/result-layout.ts';
import type { RequestFrame } from '../../shards/limits.ts';
import type { Answer, BatchResult, FinishReason, ToolCall, Usage } from '../../results/result.ts';

type Json = JsonValue | undefined;

/** One element of `requests`: `{custom_id, params}`. */
export function formatRequest({ customId, wireId, body }: BatchRequest): string {
  const { open, between, close } = frameRequest();
  return open + JSON.stringify(wireId ?? customId) + between + JSON.stringify(body) + close;
}

/** What a request has around the id and the body. */
export function frameRequest(): RequestFrame {
  return { open: '{"custom_id":', between: ',"params":', close: '}' };
}

/**
 * The result in a line of an Anthropic results file, `{custom_id, result: {type, ...}}`; `undefined` if it is no such line.
 * Source: Message Batches guide and the SDK's types.
 */
export function parseResult(line: JsonObject): BatchResult | undefined {
  const customId = textOf(line['custom_id']);
  const result = objectOf(line['result']);
  if (customId === undefined || result === undefined) return undefined;
  switch (result['type']) {
    case 'succeeded': {
      const body = objectOf(result['message']) ?? {};
      return { kind: 'answered', customId, answer: answerOf(body), body };
    }
    case 'errored':
      return erroredResult(customId, result['error']);
    case 'canceled':
    case 'expired':
      return { kind: result['type'], customId };
    default:
      return undefined;
  }
}

/** Where the parts of an answer stand in a `succeeded` line with one text and no tool call; all others are parsed. */
export const resultLayouts: ResultLayouts = { describes: parseResult, layoutOf };

function layoutOf(line: JsonObject): ResultLayout | undefined {
  const result = objectOf(line['result']);
  const message = objectOf(result?.['message']);
  const content = message?.['content'];
  if (typeof line['custom_id'] !== 'string' || result?.['type'] !== 'succeeded' || message === undefined || !Array.isArray(content)) return undefined;
  const inMessage = (...path: JsonPath): JsonPath => ['result', 'message', ...path];
  const blocks = content.map((block) => objectOf(block));
  const places = blocks.flatMap((block, place) => (block?.['type'] === 'text' ? [place] : []));
  const [place] = places;
  if (places.length > 1 || blocks.some((block) => block?.['type'] === 'tool_use' || (block?.['type'] === 'text' && typeof block['text'] !== 'string'))) return undefined;
  const counts = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'];
  const usage = objectOf(message['usage']) ?? {};
  const told = counts.filter((count) => usage[count] !== undefined && usage[count] !== null);
  if (told.some((count) => !Number.isSafeInteger(usage[count]) || Number(usage[count]) < 0)) return undefined;
  const countAt = (count: string): JsonPath | undefined => (told.includes(count) ? inMessage('usage', count) : undefined);
  const [output, cacheWrite, cached] = [countAt('output_tokens'), countAt('cache_creation_input_tokens'), countAt('cache_read_input_tokens')];
  return {
    customId: ['custom_id'],
    ...(place === undefined ? {} : { text: inMessage('content', place, 'text') }),
    usage: {
      input: told.filter((count) => count !== 'output_tokens').map((count) => inMessage('usage', count)),
      ...(output ? { output } : {}),
      ...(cached ? { cached } : {}),
      ...(cacheWrite ? { cacheWrite } : {}),
    },
    decisive: [['result', 'type'], inMessage('model'), inMessage('stop_reason'), ...content.map((_block, at) => inMessage('content', at, 'type'))],
  };
}

/** `result.error` is the usual envelope, so the type and message lie two levels deep; a bare error object is read as well. */
function erroredResult(customId: string, envelope: Json): BatchResult {
  const outer = objectOf(envelope) ?? {};
  const error = objectOf(outer['error']) ?? outer;
  const type = textOf(error['type']);
  const requestId = textOf(outer['request_id']);
  return {
    kind: 'errored',
    customId,
    ...(requestId === undefined ? {} : { requestId }),
    error: {
      code: type ?? 'unknown_error',
      message: textOf(error['message']) ?? textOf(envelope) ?? 'The provider gave no message.',
      ...(type === undefined ? {} : { type }),
    },
    body: outer,
  };
}

function answerOf(message: JsonObject): Answer {
  const blocks = objectsOf(message['content']);
  // Thinking is not text; `server_tool_use` was run by the provider and is no call to the user's tools.
  const texts = blocks.filter((block) => block['type'] === 'text');
  const toolCalls = blocks.filter((block) => block['type'] === 'tool_use').map(toolCall);
  const finishReason = finishReasonOf(message['stop_reason']);
  const model = textOf(message['model']);
  const usage = usageOf(objectOf(message['usage']));
  return {
    ...(texts.length > 0 ? { text: texts.map((block) => textOf(block['text']) ?? '').join('') } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function toolCall(block: JsonObject): ToolCall {
  const id = textOf(block['id']);
  return { ...(id === undefined ? {} : { id }), name: textOf(block['name']) ?? '', arguments: JSON.stringify(block['input'] ?? {}) };
}

function finishReasonOf(stopReason: Json): FinishReason | undefined {
  if (typeof stopReason !== 'string') return undefined;
  switch (stopReason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'refusal';
    case 'pause_turn':
      return 'pause';
    default:
      return 'other';
  }
}

/**
 * Anthropic counts cache writes and reads beside `input_tokens`; here the three together are the input. Writes are split by how
 * long they are kept in `cache_creation` (prompt caching guide).
 */
function usageOf(usage: JsonObject | undefined): Usage | undefined {
  const fresh = countOf(usage?.['input_tokens']);
  const output = countOf(usage?.['output_tokens']);
  if (fresh === undefined && output === undefined) return undefined;
  const kept = objectOf(usage?.['cache_creation']);
  const hour = countOf(kept?.['ephemeral_1h_input_tokens']);
  const minutes = countOf(kept?.['ephemeral_5m_input_tokens']);
  const written = countOf(usage?.['cache_creation_input_tokens']) ?? (kept === undefined ? undefined : (hour ?? 0) + (minutes ?? 0));
  const read = countOf(usage?.['cache_read_input_tokens']);
  return {
    inputTokens: (fresh ?? 0) + (written ?? 0) + (read ?? 0),
    outputTokens: output ?? 0,
    ...(read === undefined ? {} : { cachedInputTokens: read }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(hour === undefined ? {} : { cacheWrite1hTokens: hour }),
  };
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: Json): JsonObject | undefined => (isObject(value) ? value : undefined);
const objectsOf = (value: Json): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textOf = (value: Json): string | undefined => (typeof value === 'string' ? value : undefined);
const countOf = (value: Json): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined);
