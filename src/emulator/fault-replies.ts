import type { RowAction } from './fault-actions.ts';
import { ApiFailure } from './failure.ts';
import { isObject, member, parseJson, stringMember, type Json, type JsonObject } from './json.ts';
import type { Reply } from './reply.ts';

/** How an answer ends, other than well. */
type Flaw = 'filtered' | 'truncated' | 'refused' | 'empty' | 'different' | 'invalid' | 'fenced';

const REFUSAL = "I'm sorry, but I can't help with that.";
const DIFFERENT = 'This is another answer to the same request.';

const chatFinish: Readonly<Record<Flaw, string>> = { filtered: 'content_filter', truncated: 'length', refused: 'stop', empty: 'stop', different: 'stop', invalid: 'stop', fenced: 'stop' };
const messageStop: Readonly<Record<Flaw, string>> = { filtered: 'refusal', truncated: 'max_tokens', refused: 'refusal', empty: 'end_turn', different: 'end_turn', invalid: 'end_turn', fenced: 'end_turn' };

function textFor(flaw: Flaw, text: string): string {
  if (flaw === 'different') return DIFFERENT;
  if (flaw === 'refused') return REFUSAL;
  if (flaw === 'invalid') return invalidText(text);
  if (flaw === 'fenced') return `\`\`\`json\n${text}\n\`\`\``;
  return flaw === 'truncated' ? text.slice(0, Math.ceil(text.length / 2)) : '';
}

/** JSON of another shape: the first field of an object, or the whole, is not of its type. Text that is no JSON fits no schema as it is. */
function invalidText(text: string): string {
  const json = parseJson(text);
  if (json === undefined) return text;
  const [first] = isObject(json) ? Object.keys(json) : [];
  const wrong = (value: Json | undefined): Json => (isObject(value) ? 'wrong' : { wrong: value ?? null });
  return JSON.stringify(isObject(json) && first !== undefined ? { ...json, [first]: wrong(json[first]) } : wrong(json));
}

function chatChoice(choice: JsonObject, flaw: Flaw): JsonObject {
  const message = choice['message'];
  if (!isObject(message)) return { ...choice, text: textFor(flaw, stringMember(choice, 'text') ?? ''), finish_reason: chatFinish[flaw] };
  const { tool_calls: _, ...rest } = message;
  const text = textFor(flaw, stringMember(message, 'content') ?? '');
  const said = flaw === 'refused' ? { content: null, refusal: text } : { content: text, refusal: null };
  return { ...choice, message: { ...rest, ...said }, finish_reason: chatFinish[flaw] };
}

function textIn(parts: Json | undefined): string {
  return (Array.isArray(parts) ? parts : []).map((part) => stringMember(part, 'text') ?? textIn(member(part, 'content'))).join('');
}

function flawedResponse(body: JsonObject, flaw: Flaw): JsonObject {
  const text = textFor(flaw, textIn(body['output']));
  const part = flaw === 'refused' ? { type: 'refusal', refusal: text } : { type: 'output_text', annotations: [], logprobs: [], text };
  const reason = flaw === 'filtered' ? 'content_filter' : flaw === 'truncated' ? 'max_output_tokens' : undefined;
  const status = reason === undefined ? 'completed' : 'incomplete';
  const item = { id: `msg_${(stringMember(body, 'id') ?? '').slice('resp_'.length)}`, type: 'message', status, content: [part], role: 'assistant' };
  return { ...body, status, incomplete_details: reason === undefined ? null : { reason }, output: [item] };
}

function flawedMessage(body: JsonObject, flaw: Flaw): JsonObject {
  const text = textFor(flaw, textIn(body['content']));
  const content = text === '' ? [] : [{ type: 'text', text }];
  return { ...body, content, stop_reason: messageStop[flaw] };
}

/** The body of an answer with a flaw, whatever the endpoint; embeddings and moderations can only be empty. */
function flawed(body: JsonObject, flaw: Flaw): JsonObject {
  if (Array.isArray(body['choices'])) return { ...body, choices: body['choices'].map((choice) => (isObject(choice) ? chatChoice(choice, flaw) : choice)) };
  if (body['object'] === 'response') return flawedResponse(body, flaw);
  if (body['type'] === 'message') return flawedMessage(body, flaw);
  if (flaw !== 'empty') return body;
  return Array.isArray(body['data']) ? { ...body, data: [] } : Array.isArray(body['results']) ? { ...body, results: [] } : body;
}

/** Another answer to the same request. */
export function otherReply(reply: Reply): Reply {
  if ('failure' in reply) return { failure: new ApiFailure(reply.failure.status, DIFFERENT, reply.failure.details) };
  const { id } = reply.body;
  return { body: { ...flawed(reply.body, 'different'), ...(typeof id === 'string' ? { id: `${id}2` } : {}) } };
}

/** What the rules make of an answer. One that failed stays as it is. */
export function changedReply(reply: Reply, actions: readonly RowAction[]): Reply {
  let changed = reply;
  for (const action of actions) {
    if ('failure' in changed) return changed;
    switch (action.kind) {
      case 'error': {
        const { status, message = `This request was made to fail with ${status}.`, code, type } = action;
        changed = { failure: new ApiFailure(status, message, { ...(code === undefined ? {} : { code }), ...(type === undefined ? {} : { type }) }) };
        break;
      }
      case 'filtered':
      case 'truncated':
      case 'refused':
      case 'empty':
      case 'invalid':
      case 'fenced': changed = { body: flawed(changed.body, action.kind) }; break;
      default:
    }
  }
  return changed;
}
