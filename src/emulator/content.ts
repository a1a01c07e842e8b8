import { isObject, type Json, type JsonObject } from './json.ts';
import type { Random } from './random.ts';
import { instanceOf } from './schema-instance.ts';
import { prose } from './prose.ts';

/** About four bytes of English make one token. */
const BYTES_PER_TOKEN = 4;

/** A tool that a request forces the model to call. */
export interface ForcedTool {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly schema: Json;
}

/** What decides the content of an answer, in whatever words the endpoint puts it. */
export interface ContentRequest {
  readonly text: string | undefined;
  readonly tool: ForcedTool | undefined;
  readonly schema: Json | undefined;
  /** Output tokens at most. */
  readonly limit: number | undefined;
  readonly random: Random;
}

/** The content of an answer, before an endpoint wraps it. */
export type Content = { readonly tokens: number; readonly truncated: boolean } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly name: string; readonly input: JsonObject }
);

/** Estimated tokens of a text, or of the JSON of a value. */
export function tokensOf(value: Json | undefined): number {
  if (value === undefined) return 0;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The text within an output limit, cut between characters. */
export function cutAt(text: string, limit: number | undefined): { readonly text: string; readonly truncated: boolean } {
  if (limit === undefined || tokensOf(text) <= limit) return { text, truncated: false };
  const bytes = Buffer.from(text).subarray(0, limit * BYTES_PER_TOKEN);
  return { text: bytes.toString('utf8').replace(/\uFFFD+$/, ''), truncated: true };
}

/** Makes the content of an answer: the given text, else a forced tool call, else an instance of the schema, else prose. */
export function contentFor({ text, tool, schema, limit, random }: ContentRequest): Content {
  if (text === undefined && tool !== undefined) return toolCall(tool, random);
  const whole = text ?? (schema === undefined ? prose(random) : JSON.stringify(instanceOf(schema, random)));
  const cut = cutAt(whole, limit);
  return { kind: 'text', ...cut, tokens: tokensOf(cut.text) };
}

function toolCall({ name, schema }: ForcedTool, random: Random): Content {
  const instance = instanceOf(schema, random);
  const input = isObject(instance) ? instance : {};
  return { kind: 'tool', name, input, tokens: tokensOf(input) + tokensOf(name), truncated: false };
}

/** The tool that a request forces: the one of that name, or the first where any will do. */
export function forcedTool(tools: readonly ForcedTool[], name: string | undefined): ForcedTool | undefined {
  return name === undefined ? tools[0] : tools.find((tool) => tool.name === name);
}
