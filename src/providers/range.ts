import { numberOf } from './values.ts';

/** The status and headers of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/**
 * What an answer to a `Range` request with `If-Range` holds: the `rest` from the offset on, the `whole` file (the range was
 * ignored, or the file has changed), `nothing` (the part already held is the whole file), or something else: ask again without a
 * range. A server may honor the range and ignore the validator, so the etag is compared again.
 */
export function resumeOf(
  { status, headers }: Answer,
  from: { readonly offset: number; readonly etag: string },
): 'rest' | 'whole' | 'nothing' | 'restart' {
  const range = contentRangeOf(headers);
  if (status === 416) return range?.total === from.offset ? 'nothing' : 'restart';
  if (status !== 206) return 'whole';
  const sameFile = headers.get('etag') === null || strongEtagOf(headers) === from.etag;
  return sameFile && range?.start === from.offset && headers.get('content-encoding') === null ? 'rest' : 'restart';
}

/** Bytes of the whole file, where the answer says so and the bytes are those of the file. */
export function totalBytesOf({ status, headers }: Answer): number | undefined {
  const coding = headers.get('content-encoding');
  if (coding !== null && coding !== 'identity') return undefined;
  if (status === 206 || status === 416) return contentRangeOf(headers)?.total;
  return numberOf(headers.get('content-length') ?? undefined);
}

/** The validator, if it is a strong one: only that proves equal bytes. */
export function strongEtagOf(headers: Answer['headers']): string | undefined {
  const etag = headers.get('etag');
  return etag !== null && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

function contentRangeOf(headers: Answer['headers']): { start?: number; total?: number } | undefined {
  const match = /^\s*bytes\s+(?:(\d+)-\d+|\*)\/(\d+|\*)\s*$/i.exec(headers.get('content-range') ?? '');
  if (!match) return undefined;
  const start = numberOf(match[1]);
  const total = numberOf(match[2]);
  return { ...(start !== undefined && { start }), ...(total !== undefined && { total }) };
}
