import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, MillraceError } from '../errors.ts';
import { refuseCall, refuseForeign, type Gate } from './access.ts';
import { actions, type Activities } from './activities.ts';
import { sendAsset } from './assets.ts';
import type { Details } from './detail.ts';
import type { Events } from './events.ts';
import { sendJson, sendText } from './respond.ts';
import type { RunWatch } from './watch.ts';

/** What answers requests. */
export interface Desk {
  readonly gate: Gate;
  readonly watch: RunWatch;
  readonly activities: Activities;
  readonly details: Details;
  readonly events: Events;
}

/** Answers one request. The page itself holds nothing of the runs; every call for data or action needs the token. */
export async function route(request: IncomingMessage, response: ServerResponse, desk: Desk): Promise<void> {
  // Nothing is read from a request but its first line and headers.
  request.resume();
  const { method = 'GET', headers, url = '/' } = request;
  const refusal = refuseForeign(headers, desk.gate) ?? (url.startsWith('/api/') ? refuseCall(method, headers, desk.gate) : undefined);
  if (refusal) return sendText(response, refusal.status, refusal.message);
  const [path = '/'] = url.split('?');
  if (!path.startsWith('/api/')) {
    if (method !== 'GET') return sendText(response, 405, 'Only GET.');
    if (!(await sendAsset(path, response))) sendText(response, 404, 'There is no such page.');
    return;
  }
  try {
    await call(method, path.slice('/api/'.length).split('/'), response, desk);
  } catch (error) {
    sendJson(response, 500, { message: messageOf(error), ...(error instanceof MillraceError ? { code: error.code } : {}) });
  }
}

async function call(method: string, [what, id, verb, ...rest]: readonly string[], response: ServerResponse, { watch, activities, details, events }: Desk): Promise<void> {
  if (method === 'GET' && what === 'events' && id === undefined) return events.open(response);
  const run = what === 'runs' && id !== undefined && rest.length === 0 ? await watch.find(id) : undefined;
  if (!run) return sendText(response, 404, 'There is no such run.');
  if (verb === undefined && method === 'GET') return sendJson(response, 200, await details.of(run));
  const action = actions.find((name) => name === verb);
  if (!action || method !== 'POST') return sendText(response, 404, 'There is no such call.');
  if (activities.start(run.directory, action)) return sendJson(response, 202, activities.of(run.directory));
  sendJson(response, 409, { message: 'This run is busy: wait for what is being done with it, or cancel.' });
}
