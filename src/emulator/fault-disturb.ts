import { ServerResponse } from 'node:http';
import type { ActionOf, CallAction } from './fault-actions.ts';
import { ApiFailure, type FailureDetails } from './failure.ts';
import type { FaultyResponse } from './faulty-response.ts';
import type { Exchange } from './http.ts';

/** A call whose answer can be disturbed. */
export type FaultyExchange = Exchange & { readonly response: FaultyResponse };

/** What a call does if nothing stands against it. */
export type Work = (exchange: Exchange) => Promise<void> | void;

const usualMessages: Readonly<Record<number, string>> = {
  401: 'Incorrect API key provided.',
  429: 'Rate limit reached. Please try again later.',
  500: 'The server had an error while processing your request. Sorry about that!',
  503: 'The service is temporarily unavailable. Please try again later.',
  529: 'Overloaded',
};

function usualDetails({ status, code }: ActionOf<'answer'>): FailureDetails {
  if (code === 'insufficient_quota') return { type: code, code };
  if (code !== undefined) return { code };
  if (status === 401) return { code: 'invalid_api_key' };
  return {};
}

function failureOf(action: ActionOf<'answer'>, provider: string, now: number): ApiFailure {
  const { status, retryAfter, type, message = usualMessages[status] ?? `This call was made to fail with ${status}.` } = action;
  const headers = retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfterText(retryAfter, now) } };
  // 401 is of the usual type with either provider.
  const usual = provider === 'openai' ? usualDetails(action) : {};
  return new ApiFailure(status, message, { ...usual, ...(type === undefined ? {} : { type }), ...headers });
}

function retryAfterText(retryAfter: number | `date:${number}`, now: number): string {
  if (typeof retryAfter === 'number') return String(retryAfter);
  return new Date(now + Number(retryAfter.slice('date:'.length)) * 1000).toUTCString();
}

/** What a proxy shows in place of an API. */
function sendPage({ request, response }: FaultyExchange, status: number): void {
  const page = Buffer.from(`<!DOCTYPE html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>proxy</body></html>\n`);
  response.writeHead(status, { 'content-type': 'text/html', 'content-length': page.length });
  response.end(page);
  request.resume();
}

/** Does the work, and keeps its answer to itself. A download or a look does none. */
async function workUnseen(exchange: FaultyExchange, work: Work): Promise<void> {
  if (exchange.request.method === 'GET') return;
  await work({ ...exchange, response: new ServerResponse(exchange.request) });
}

function breakOff({ request }: FaultyExchange): void {
  request.socket.resetAndDestroy();
}

/** Nothing answers; the rest of the body is taken, so that the caller gets to wait. */
function fallSilent({ request }: FaultyExchange): void {
  request.resume();
}

async function interrupted(action: ActionOf<'reset'> | ActionOf<'stall'>, exchange: FaultyExchange, work: Work): Promise<void> {
  if (action.at === 'during') {
    exchange.response.tampering = { kind: 'cut', bytes: action.bytes, how: action.kind, announced: 'length' };
    await work(exchange);
    return;
  }
  // What the work itself would have refused is lost with the answer, too.
  if (action.at === 'after') await workUnseen(exchange, work).catch(() => undefined);
  if (action.kind === 'reset') breakOff(exchange);
  else fallSilent(exchange);
}

async function answered(action: ActionOf<'answer'>, exchange: FaultyExchange, work: Work, now: number): Promise<void> {
  if (action.when === 'after') await workUnseen(exchange, work);
  // Only rules on batches change bodies; this is no batch.
  exchange.response.edit = undefined;
  if (action.html === true) sendPage(exchange, action.status);
  else throw failureOf(action, exchange.route.startsWith('openai.') ? 'openai' : 'anthropic', now);
}

function disturbRange({ answer }: ActionOf<'range'>, { request, response }: FaultyExchange): void {
  if (answer === 'ignored') {
    delete request.headers.range;
    response.onHead = () => response.removeHeader('accept-ranges');
  }
  if (answer === 'other-bytes' && request.headers.range !== undefined) response.tampering = { kind: 'garble' };
  if (answer === 'etag' || answer === 'wrong') response.onHead = (status) => changePart(answer, response, status);
}

function changePart(answer: 'etag' | 'wrong', response: FaultyResponse, status: number): void {
  if (status !== 206) return;
  if (answer === 'etag') response.setHeader('etag', '"another"');
  const [, start, rest = ''] = /^bytes (\d+)(-.*)$/.exec(String(response.getHeader('content-range'))) ?? [];
  if (answer === 'wrong') response.setHeader('content-range', `bytes ${Number(start) + 1}${rest}`);
}

/**
 * Does to a call what a rule says.
 * @param now Unix milliseconds
 * @throws ApiFailure that the call is answered with
 */
export async function disturb(action: CallAction, exchange: FaultyExchange, work: Work, now: number): Promise<void> {
  const { response } = exchange;
  switch (action.kind) {
    case 'answer': return answered(action, exchange, work, now);
    case 'reset':
    case 'stall': return interrupted(action, exchange, work);
    case 'slow':
    case 'length': response.tampering = action; break;
    case 'end': response.tampering = { kind: 'cut', bytes: action.bytes, how: 'end', announced: action.announced ?? 'nothing' }; break;
    case 'range': disturbRange(action, exchange); break;
  }
  await work(exchange);
}
