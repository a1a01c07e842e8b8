import type { AnswerInput } from './answers.ts';
import { contentFor, forcedTool, tokensOf, type Content, type ForcedTool } from './content.ts';
import { isObject, member, numberMember, stringMember, type JsonObject } from './json.ts';
import { snapshotOf } from './models.ts';

function toolsOf(body: JsonObject): ForcedTool[] {
  const tools: ForcedTool[] = [];
  for (const tool of Array.isArray(body['tools']) ? body['tools'] : []) {
    const name = stringMember(tool, 'name');
    if (name !== undefined) tools.push({ name, schema: member(tool, 'input_schema') ?? {} });
  }
  return tools;
}

function toolFor(body: JsonObject): ForcedTool | undefined {
  const choice = body['tool_choice'];
  const type = stringMember(choice, 'type');
  if (type === 'any') return forcedTool(toolsOf(body), undefined);
  return type === 'tool' ? forcedTool(toolsOf(body), stringMember(choice, 'name') ?? '') : undefined;
}

function blocksOf(content: Content, id: string): JsonObject[] {
  if (content.kind === 'tool') return [{ type: 'tool_use', id: `toolu_01${id.slice(0, 22)}`, name: content.name, input: content.input }];
  return content.text === '' ? [] : [{ type: 'text', text: content.text }];
}

function stopReasonOf({ kind, truncated }: Content): string {
  if (kind === 'tool') return 'tool_use';
  return truncated ? 'max_tokens' : 'end_turn';
}

/** Answers `/v1/messages`; inside a batch the caller sets `usage.service_tier`. */
export function answerMessage({ body, text, identity, random }: AnswerInput): JsonObject {
  const schema = member(member(body['output_config'], 'format'), 'schema');
  const content = contentFor({ text, tool: toolFor(body), schema, limit: numberMember(body, 'max_tokens'), random });
  return {
    id: `msg_01${identity.id.slice(0, 22)}`,
    type: 'message',
    role: 'assistant',
    model: snapshotOf(stringMember(body, 'model') ?? ''),
    content: blocksOf(content, identity.id),
    stop_reason: stopReasonOf(content),
    stop_sequence: null,
    usage: usageOf(inputTokens(body), content.tokens),
  };
}

function inputTokens({ system, messages, tools }: JsonObject): number {
  const contents = (Array.isArray(messages) ? messages : []).map((message) => (isObject(message) ? message['content'] : undefined));
  return contents.reduce<number>((sum, content) => sum + tokensOf(content) + 3, tokensOf(system) + tokensOf(tools));
}

function usageOf(input: number, output: number): JsonObject {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: 'standard',
    inference_geo: 'global',
  };
}
