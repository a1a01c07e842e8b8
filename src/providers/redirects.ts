import { ProviderError } from '../errors.ts';
import { send, type Call, type Connection } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { fieldsOf } from './values.ts';

const maxRedirects = 5;

/**
 * Sends a GET and follows redirects, with the key to the configured origin and without it anywhere else (Parasail answers the
 * content of a file with 302 and a signed address on another host). Resolves for 2xx and for 416, throws for the rest.
 */
export async function follow(connection: Connection, call: Call, deadline: Deadline): Promise<Response> {
  const { baseURL } = connection.client();
  let response = await answerOf(send(connection, call, deadline));
  let address = new URL(baseURL);
  for (let hops = 0; response.status >= 300 && response.status < 400; hops += 1) {
    address = nextAddress(connection, call, response, address, hops);
    response = await step(connection, call, deadline, address);
  }
  return response;
}

function step(connection: Connection, call: Call, deadline: Deadline, address: URL): Promise<Response> {
  const { origin } = new URL(connection.client().baseURL);
  if (address.origin === origin) return answerOf(send(connection, { ...call, path: address.href }, deadline));
  return sendWithoutKey(connection, call, deadline, address);
}

function nextAddress(connection: Connection, call: Call, response: Response, from: URL, hops: number): URL {
  const location = response.headers.get('location') ?? '';
  const address = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = address && (address.protocol === 'https:' || address.protocol === from.protocol);
  if (address && allowed && location !== '' && hops < maxRedirects) return address;
  const reason = hops < maxRedirects ? `a redirect to ${JSON.stringify(withoutQuery(location))} is not followed` : 'there are too many redirects';
  throw new ProviderError('foreign_origin', `${connection.provider} could not ${call.action}: ${reason}. Check the base URL.`, {
    status: response.status,
  });
}

/** The query of a signed address is a secret. */
function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '');
}

async function sendWithoutKey(connection: Connection, call: Call, deadline: Deadline, address: URL): Promise<Response> {
  const response = await connection.fetch(address, {
    ...(call.headers && { headers: call.headers }),
    signal: deadline.signal,
    redirect: 'manual',
  });
  if (response.ok || response.status === 416 || (response.status >= 300 && response.status < 400)) return response;
  const text = (await response.text()).slice(0, 500);
  throw Object.assign(new Error(text || 'no reason given'), { status: response.status, headers: response.headers });
}

/** The SDKs throw for redirects and for 416; here they are answers. */
async function answerOf(sent: Promise<Response>): Promise<Response> {
  try {
    return await sent;
  } catch (error) {
    const fields = fieldsOf(error);
    const status = typeof fields?.status === 'number' ? fields.status : 0;
    const isAnswer = (status >= 300 && status < 400) || status === 416;
    if (!isAnswer || !(fields?.headers instanceof Headers)) throw error;
    return new Response(null, { status, headers: fields.headers });
  }
}
