import { request } from 'node:http';
import { join } from 'node:path';
import { startDashboard, type Dashboard } from '../../src/dashboard/server.ts';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { build, chat, run, type Provider } from '../../src/index.ts';
import { hostile } from '../report/html/hostile.ts';
import { connect, temporary } from '../run/setting.ts';

const request5 = chat({ model: 'gpt-5-mini', prompt: 'Classify: {{text}}' });
/** Real pauses are short; how far a batch is, the emulator's clock says. */
export const pace = { pollIntervalMs: 20, graceMs: 50, concurrency: 1 };

/** A dashboard over runs at an emulator whose time stands still until a test moves it. */
export interface Stage {
  readonly root: string;
  readonly emulator: Emulator;
  readonly provider: Provider;
  readonly dashboard: Dashboard;
  readonly token: string;
  /** Lets all batches end. */
  finishBatches(): void;
  /** Builds a run of three records, and sends nothing. */
  build(name: string): Promise<string>;
  /** A finished run of hostile records, which all failed. */
  hostileRun(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  let now = Date.now();
  const emulator = await startEmulator({ clock: { now: () => now } });
  const provider = connect('openai', emulator.url);
  const root = join(temporary(), 'runs');
  const dashboard = await startDashboard({ root, refreshMs: 50, connect: async () => ({ provider, options: pace }) });
  const finishBatches = () => void (now += 3_600_000);
  return {
    root, emulator, provider, dashboard, finishBatches,
    token: new URL(dashboard.url).hash.slice('#token='.length),
    async build(name) {
      const directory = join(root, name);
      await build({ source: ['a', 'b', 'c'].map((id) => ({ id, text: id })), customId: 'id', request: request5, directory, provider });
      return directory;
    },
    async hostileRun(name) {
      const directory = join(root, name);
      emulator.setFaults(['batch=1 row=1,2,3 error=400 code=<i>bad</i> message=<script>alert(11)</script>', 'batch=1 row=4,5,6 refused', 'batch=1 row=7,8 error=400 code=other']);
      // Its waits are short, for nothing else moves the time.
      const clock = { now: () => now, sleep: async (ms: number) => void (now += Math.max(ms, 60_000)) };
      await run({ source: hostile.map((text, index) => ({ id: `r-${index} <b>`, text })), customId: 'id', request: request5, directory, provider, ...pace, clock, maxAttempts: 1 });
      emulator.setFaults([]);
      return directory;
    },
    async close() {
      await dashboard.close();
      await emulator.close();
    },
  };
}

/** What a server said. */
export interface Said {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request as no browser would let a page make it: any host, any origin. */
export function ask(port: number, path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Said> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      const end = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        // A stream of events does not end.
        if (body.includes('\n\n')) {
          end();
          asked.destroy();
        }
      });
      response.on('end', end).on('error', () => undefined);
    });
    asked.on('error', reject).end();
  });
}
