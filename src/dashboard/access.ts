import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request must show. */
export interface Gate {
  readonly port: number;
  readonly token: string;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 403 | 421;
  readonly message: string;
}

/**
 * Refuses what does not come from the page itself. The host must be this machine by name or number, so that a foreign name that was made to
 * lead here (DNS rebinding) gets nothing; the origin, where the browser tells it, must be the page's own.
 *
 * @returns `undefined` for a request that is let in
 */
export function refuseForeign({ host = '', origin }: IncomingHttpHeaders, { port }: Gate): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(host)) return { status: 421, message: `This is a dashboard on this machine, and ${JSON.stringify(host)} is not its name.` };
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403, message: 'Another page has no business here.' };
  return undefined;
}

/**
 * Refuses a call without the token, and one that changes something where the browser does not say that the page itself makes it. The token
 * comes in a header, not a cookie: other servers on this machine would get the cookie too, for cookies know no ports.
 */
export function refuseCall(method: string, headers: IncomingHttpHeaders, gate: Gate): Refusal | undefined {
  const [scheme, given = ''] = (headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !isSame(given, gate.token)) return { status: 403, message: 'The token is wrong: open the address that `millrace ui` printed.' };
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, message: 'Another page has no business here.' };
  if (method !== 'GET' && headers.origin === undefined) return { status: 403, message: 'A change must come from the page itself: it has no Origin.' };
  return undefined;
}

/** Compares in the same time, however far the two agree. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
