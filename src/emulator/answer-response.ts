import type { AnswerInput } from './answers.ts';
import { contentFor, forcedTool, tokensOf, type Content, type ForcedTool } from './content.ts';
import { member, numberMember, stringMember, type Json, type JsonObject } from './json.ts';
import { snapshotOf } from './models.ts';
import { responseUsage } from './response-usage.ts';

function toolsOf(body: JsonObject): ForcedTool[] {
  const tools: ForcedTool[] = [];
  for (const tool of Array.isArray(body['tools']) ? body['tools'] : []) {
    const name = stringMember(tool, 'name');
    if (name !== undefined) tools.push({ name, schema: member(tool, 'parameters') ?? {} });
  }
  return tools;
}

function toolFor(body: JsonObject): ForcedTool | undefined {
  const choice = body['tool_choice'];
  if (choice === 'required') return forcedTool(toolsOf(body), undefined);
  const name = stringMember(choice, 'name');
  return name === undefined ? undefined : forcedTool(toolsOf(body), name);
}

function schemaFor(body: JsonObject): Json | undefined {
  const format = member(body['text'], 'format');
  if (member(format, 'type') === 'json_object') return { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] };
  return member(format, 'schema');
}

function outputItem(content: Content, id: string): JsonObject {
  const status = content.truncated ? 'incomplete' : 'completed';
  if (content.kind === 'tool') {
    const call = { name: content.name, arguments: JSON.stringify(content.input), call_id: `call_${id.slice(0, 24)}` };
    return { id: `fc_${id.slice(0, 48)}`, type: 'function_call', status, ...call };
  }
  const part = { type: 'output_text', annotations: [], logprobs: [], text: content.text };
  return { id: `msg_${id.slice(0, 48)}`, type: 'message', status, content: [part], role: 'assistant' };
}

/** Answers `/v1/responses`. An answer cut at its limit is `incomplete`, still with HTTP 200 (openai-batch reference, 8.1). */
export function answerResponse({ body, text, identity, random }: AnswerInput): JsonObject {
  const limit = numberMember(body, 'max_output_tokens');
  const content = contentFor({ text, tool: toolFor(body), schema: schemaFor(body), limit, random });
  return {
    id: `resp_${identity.id.slice(0, 48)}`,
    object: 'response',
    created_at: identity.createdAt,
    status: content.truncated ? 'incomplete' : 'completed',
    background: false,
    error: null,
    incomplete_details: content.truncated ? { reason: 'max_output_tokens' } : null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: limit ?? null,
    model: snapshotOf(stringMember(body, 'model') ?? ''),
    output: [outputItem(content, identity.id)],
    parallel_tool_calls: true,
    previous_response_id: null,
    store: body['store'] ?? true,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    truncation: 'disabled',
    usage: responseUsage(tokensOf(body['input']) + tokensOf(body['instructions']) + tokensOf(body['tools']), content.tokens),
    user: null,
    metadata: body['metadata'] ?? {},
  };
}
