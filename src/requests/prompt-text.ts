import type { JsonObject, JsonValue } from '../records/record.ts';
import { isObject } from './body-finding.ts';

/** What a body asks, as far as it is text. */
export interface PromptText {
  /** The texts that go to the model: system prompt, messages, inputs. */
  readonly texts: readonly string[];
  /** True if the user's own part is there, and holds nothing but white space. */
  readonly isEmpty: boolean;
}

/** Collects the texts of a body. Images, files, tool calls and token numbers are no text, but they are a prompt. */
export function promptTextOf(body: JsonObject): PromptText {
  const asked = body['messages'] ?? body['input'] ?? body['prompt'];
  if (asked === undefined || asked === null) return { texts: [], isEmpty: false };
  const turns = Array.isArray(asked) ? asked : [asked];
  const users = turns.filter((turn) => isObject(turn) && turn['role'] === 'user');
  const own = gather(users.length > 0 ? users : turns);
  const all = users.length === turns.length ? own : gather(turns);
  const system = gather([body['system'] ?? null, body['instructions'] ?? null]);
  return { texts: [...system.texts, ...all.texts], isEmpty: !own.hasOther && own.texts.length > 0 && own.texts.every((text) => !/\S/.test(text)) };
}

interface Gathered {
  readonly texts: string[];
  hasOther: boolean;
}

function gather(values: readonly JsonValue[]): Gathered {
  const gathered: Gathered = { texts: [], hasOther: false };
  for (const value of values) add(value, gathered);
  return gathered;
}

function add(value: JsonValue, gathered: Gathered): void {
  if (typeof value === 'string') gathered.texts.push(value);
  else if (Array.isArray(value)) for (const item of value) add(item, gathered);
  else if (isObject(value)) addObject(value, gathered);
  else if (value !== null) gathered.hasOther = true;
}

/** A message, or a part of one. */
function addObject(value: JsonObject, gathered: Gathered): void {
  if (typeof value['text'] === 'string') gathered.texts.push(value['text']);
  else if (value['role'] !== undefined) {
    if (value['tool_calls'] !== undefined) gathered.hasOther = true;
    add(value['content'] ?? null, gathered);
  } else gathered.hasOther = true;
}
