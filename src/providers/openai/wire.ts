import type { JsonObject } from '../../records/record.ts';
import type { BatchRequest } from '../../requests/request.ts';
import type { BatchResult } from '../../results/result.ts';

/** The request line of a request: `{custom_id, method, url, body}`. */
export function formatRequest({ customId, wireId, endpoint, body }: BatchRequest): string {
  return `{"custom_id":${JSON.stringify(wireId ?? customId)},"method":"POST","url":${JSON.stringify(endpoint)},"body":${JSON.stringify(body)}}`;
}

/** temporary */
export function parseResult(line: JsonObject): BatchResult | undefined {
  const customId = line['custom_id'];
  const response = line['response'] as { status_code: number; body: JsonObject } | null | undefined;
  if (typeof customId !== 'string' || !response) return undefined;
  const { status_code: statusCode, body } = response;
  if (statusCode === 200) {
    const choices = body['choices'] as readonly { message: { content: string } }[] | undefined;
    const text = choices?.[0]?.message.content;
    return { kind: 'answered', customId, statusCode, answer: text === undefined ? {} : { text }, body };
  }
  const error = body['error'] as { code?: string | null; message: string };
  return { kind: 'errored', customId, statusCode, error: { code: error.code ?? `http_${statusCode}`, message: error.message }, body };
}
