import type { AnswerInput } from './answers.ts';
import { contentFor, forcedTool, tokensOf, type Content, type ForcedTool } from './content.ts';
import { isObject, member, numberMember, stringMember, type Json, type JsonObject } from './json.ts';
import { snapshotOf } from './models.ts';

/** More choices than this the API does not give. */
const MAX_CHOICES = 128;

function toolsOf(body: JsonObject): ForcedTool[] {
  const tools: ForcedTool[] = [];
  for (const tool of Array.isArray(body['tools']) ? body['tools'] : []) {
    const declared = member(tool, 'function');
    const name = stringMember(declared, 'name');
    if (name !== undefined) tools.push({ name, schema: member(declared, 'parameters') ?? {} });
  }
  return tools;
}

function toolFor(body: JsonObject): ForcedTool | undefined {
  const choice = body['tool_choice'];
  if (choice === 'required') return forcedTool(toolsOf(body), undefined);
  const name = stringMember(member(choice, 'function'), 'name');
  return name === undefined ? undefined : forcedTool(toolsOf(body), name);
}

function schemaFor(body: JsonObject): Json | undefined {
  const format = body['response_format'];
  if (member(format, 'type') === 'json_object') return { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
  return member(member(format, 'json_schema'), 'schema');
}

function messageOf(content: Content, id: string): JsonObject {
  if (content.kind === 'text') return { role: 'assistant', content: content.text, refusal: null, annotations: [] };
  const call = { name: content.name, arguments: JSON.stringify(content.input) };
  return { role: 'assistant', content: null, tool_calls: [{ id: `call_${id.slice(0, 24)}`, type: 'function', function: call }], refusal: null };
}

function finishReasonOf({ kind, truncated }: Content): string {
  if (kind === 'tool') return 'tool_calls';
  return truncated ? 'length' : 'stop';
}

/** Answers `/v1/chat/completions`. */
export function answerChat({ body, text, identity, random }: AnswerInput): JsonObject {
  const limit = numberMember(body, 'max_completion_tokens') ?? numberMember(body, 'max_tokens');
  const choices = Array.from({ length: Math.min(MAX_CHOICES, numberMember(body, 'n') ?? 1) }, () =>
    contentFor({ text, tool: toolFor(body), schema: schemaFor(body), limit, random }),
  );
  const completionTokens = choices.reduce((sum, { tokens }) => sum + tokens, 0);
  return {
    id: `chatcmpl-${identity.id.slice(0, 29)}`,
    object: 'chat.completion',
    created: identity.createdAt,
    model: snapshotOf(stringMember(body, 'model') ?? ''),
    choices: choices.map((content, index) => ({
      index, message: messageOf(content, identity.id.slice(index)), logprobs: null, finish_reason: finishReasonOf(content),
    })),
    usage: usageOf(promptTokens(body), completionTokens),
    service_tier: 'default',
    system_fingerprint: 'fp_0a1b2c3d4e',
  };
}

function promptTokens({ messages, tools }: JsonObject): number {
  const contents = (Array.isArray(messages) ? messages : []).map((message) => (isObject(message) ? message['content'] : undefined));
  return contents.reduce<number>((sum, content) => sum + tokensOf(content) + 4, tokensOf(tools));
}

/** Usage in the words of chat and completions. */
export function usageOf(prompt: number, completion: number): JsonObject {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}
