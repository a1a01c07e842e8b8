import type { Outcome } from '../join/outcome.ts';

type Fields = Record<string, unknown>;

/**
 * The request line that asks again for an answer that was `invalid`: the same conversation, then the answer, and what is wrong with
 * it. `undefined` where there is nothing to add to: a tool call, whose answer belongs to the tool, or a request without a conversation.
 * Pure: the same outcome gives the same bytes.
 */
export function repairRequest(line: string, { text, toolCalls, error }: Pick<Outcome, 'text' | 'toolCalls' | 'error'>): string | undefined {
  if (text === undefined || toolCalls !== undefined) return undefined;
  // A request line is one JSON object, written by `formatRequest`.
  const request = JSON.parse(line) as Fields;
  const body = [request['body'], request['params'], request].find(isObject);
  if (!body) return undefined;
  const turns = [
    { role: 'assistant', content: text },
    { role: 'user', content: askAgain(error?.message ?? 'it does not have the form that was asked for') },
  ];
  // Chat and Anthropic have `messages`; Responses has `input`, a text or a list of items.
  if (Array.isArray(body['messages'])) body['messages'] = [...(body['messages'] as unknown[]), ...turns];
  else if (Array.isArray(body['input'])) body['input'] = [...(body['input'] as unknown[]), ...turns];
  else if (typeof body['input'] === 'string') body['input'] = [{ role: 'user', content: body['input'] }, ...turns];
  else return undefined;
  return JSON.stringify(request);
}

function askAgain(problem: string): string {
  return `This answer cannot be used: ${problem.replace(/\.$/, '')}. Answer again, whole and corrected, with nothing before or after it.`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
