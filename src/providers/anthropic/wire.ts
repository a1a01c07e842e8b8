import type { BatchRequest } from '../../requests/request.ts';

/** One element of `requests`: `{custom_id, params}`. */
export function formatRequest({ customId, wireId, body }: BatchRequest): string {
  return `{"custom_id":${JSON.stringify(wireId ?? customId)},"params":${JSON.stringify(body)}}`;
}
