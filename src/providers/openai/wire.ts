import type { BatchRequest } from '../../requests/request.ts';

/** The request line of a request: `{custom_id, method, url, body}`. */
export function formatRequest({ customId, wireId, endpoint, body }: BatchRequest): string {
  return `{"custom_id":${JSON.stringify(wireId ?? customId)},"method":"POST","url":${JSON.stringify(endpoint)},"body":${JSON.stringify(body)}}`;
}
