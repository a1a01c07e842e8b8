import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { InputError, messageOf } from '../errors.ts';
import { Activities } from './activities.ts';
import { Details } from './detail.ts';
import { Events } from './events.ts';
import type { Dashboard, DashboardOptions } from './options.ts';
import { route } from './routes.ts';
import { RunWatch } from './watch.ts';

export type { Dashboard, DashboardOptions, DashboardProvider } from './options.ts';

const address = '127.0.0.1';

/**
 * Serves a page that shows the runs under a folder live, with their shards, batches and failures, and resumes, retries and cancels them. It
 * listens on this machine alone, and gives nothing to whoever lacks the token in its address.
 *
 * @throws InputError `invalid_option` where it cannot listen
 *
 * @example
 * const dashboard = await startDashboard({ root: 'runs', connect: async () => ({ provider: openai() }) });
 * console.log(dashboard.url);
 * await dashboard.close();
 */
export async function startDashboard({ connect, root = 'runs', port: wanted = 0, refreshMs = 1000 }: DashboardOptions): Promise<Dashboard> {
  const token = randomBytes(32).toString('base64url');
  const activities = new Activities(connect, () => events.refresh());
  const watch = new RunWatch(root, activities);
  const events = new Events(async () => ({ root, runs: await watch.list() }), refreshMs);
  const details = new Details(connect);
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    route(request, response, { gate: { port, token }, watch, activities, details, events }).catch(() => response.destroy());
  });
  const port = await listen(server, wanted);
  return {
    // A fragment is not sent: no log holds it.
    url: `http://${address}:${port}/#token=${token}`,
    port,
    async close() {
      await activities.close();
      await events.close();
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

async function listen(server: Server, wanted: number): Promise<number> {
  await new Promise<void>((listening, failed) => {
    server.once('error', (cause) => failed(new InputError('invalid_option', `The dashboard cannot listen on ${address}:${wanted}: ${messageOf(cause)}. Pass another \`port\`.`, { cause })));
    server.listen(wanted, address, listening);
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : wanted;
}
