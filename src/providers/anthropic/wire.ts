import type { JsonObject } from '../../records/record.ts';
import type { BatchRequest } from '../../requests/request.ts';
import type { BatchResult } from '../../results/result.ts';

/** One element of `requests`: `{custom_id, params}`. */
export function formatRequest({ customId, wireId, body }: BatchRequest): string {
  return `{"custom_id":${JSON.stringify(wireId ?? customId)},"params":${JSON.stringify(body)}}`;
}

/** temporary */
export function parseResult(line: JsonObject): BatchResult | undefined {
  const customId = line['custom_id'];
  const result = line['result'] as { type: string; message?: JsonObject; error?: { error: { type: string; message: string } } } | undefined;
  if (typeof customId !== 'string' || !result) return undefined;
  if (result.type === 'succeeded' && result.message) {
    const content = result.message['content'] as readonly { text?: string }[] | undefined;
    const text = content?.[0]?.text;
    return { kind: 'answered', customId, answer: text === undefined ? {} : { text }, body: result.message };
  }
  if (!result.error) return undefined;
  return { kind: 'errored', customId, error: { code: result.error.error.type, message: result.error.error.message } };
}
