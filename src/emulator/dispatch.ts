import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../errors.ts';
import type { CallLog } from './call-log.ts';
import { ApiFailure } from './failure.ts';
import type { CallFaults } from './fault-calls.ts';
import type { FaultyResponse } from './faulty-response.ts';
import { sendJson, type Api, type Exchange, type Route } from './http.ts';

const ID = /^[A-Za-z0-9_-]+$/;

/** What stands in the place of `:id`, empty where there is none; `undefined` if the path is another one. */
function idIn(pathname: string, template: string): string | undefined {
  const [before = '', after] = template.split(':id');
  if (after === undefined) return pathname === template ? '' : undefined;
  if (!pathname.startsWith(before) || !pathname.endsWith(after)) return undefined;
  const id = pathname.slice(before.length, pathname.length - after.length);
  return ID.test(id) ? id : undefined;
}

function routeFor(api: Api, method: string, pathname: string): { route: Route; id: string } | undefined {
  for (const route of api.routes) {
    const id = route.method === method ? idIn(pathname, route.path) : undefined;
    if (id !== undefined) return { route, id };
  }
  return undefined;
}

/** Both APIs share a host here; a path that both could mean goes by the header that only Anthropic's callers send. */
function apiFor(apis: { openai: Api; anthropic: Api }, request: IncomingMessage, pathname: string): Api {
  const isAnthropic = /^\/v1\/messages(\/|$)/.test(pathname) || request.headers['anthropic-version'] !== undefined;
  return isAnthropic ? apis.anthropic : apis.openai;
}

function accountOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

function asFailure(error: unknown): ApiFailure {
  return error instanceof ApiFailure ? error : new ApiFailure(500, `The emulator failed: ${messageOf(error)}`);
}

/** Answers with a failure, or cuts the answer short where it has already begun. */
function sendFailure(api: Api, { request, response }: Pick<Exchange, 'request' | 'response'>, requestId: string, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const failure = asFailure(error);
  for (const [name, value] of Object.entries(failure.details.headers ?? {})) response.setHeader(name, value);
  sendJson(response, api.errorBody(failure, requestId), failure.status);
  // What is left of the body is read and dropped, so that the caller gets to see the answer.
  request.resume();
}

/** A target that is no path leads nowhere, as an unknown path does. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://emulator.invalid';
  return new URL(URL.canParse(url, base) ? url : '/', base);
}

/** What every call passes. */
export interface Desk {
  readonly apis: { readonly openai: Api; readonly anthropic: Api };
  readonly faults: CallFaults;
  readonly calls: CallLog;
  readonly now: () => number;
}

/** Every call passes here: finds the route, checks the key, hands over, turns failures into the provider's envelope. */
export async function dispatch({ apis, faults, calls, now }: Desk, request: IncomingMessage, response: FaultyResponse): Promise<void> {
  const url = urlOf(request);
  const api = apiFor(apis, request, url.pathname);
  const requestId = api.newRequestId();
  for (const [name, value] of Object.entries(api.headers(requestId))) response.setHeader(name, value);
  try {
    const found = routeFor(api, request.method ?? 'GET', url.pathname);
    if (found === undefined) throw api.notFound(request, url);
    const account = accountOf(api.authenticate(request));
    calls.add(found.route.name, now(), response);
    const exchange = { request, response, url, account, requestId, id: found.id, route: found.route.name };
    await faults.handle(exchange, (call) => found.route.handle(call));
  } catch (error) {
    sendFailure(api, { request, response }, requestId, error);
  }
}
