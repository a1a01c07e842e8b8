import { once } from 'node:events';
import type { DashboardProvider } from '../dashboard/server.ts';
import type { RunStatus } from '../index.ts';
import { driveFlags, driveOptionsFrom } from './drive-options.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { openPrivately } from './open-in-browser.ts';
import { openProvider } from './provider.ts';
import { rootOf } from './root.ts';
import { readingProvider, sameProvider } from './same-provider.ts';
import type { Verb } from './verb.ts';

export const uiVerb: Verb = {
  name: 'ui',
  summary: 'show the runs under a folder live in a browser on this machine; resume, retry and cancel them',
  flags: ['root', 'uiPort', 'open', ...driveFlags, 'quiet'],
  examples: ['millrace ui', 'millrace ui --root runs --open'],
  async run(_argument, flags) {
    const { startDashboard } = await import('../dashboard/server.ts');
    const dashboard = await startDashboard({
      connect: (status, purpose) => connect(status, purpose, flags),
      root: rootOf(flags),
      ...(flags.port === undefined ? {} : { port: flags.port }),
    });
    const interrupt = onInterrupt();
    process.stdout.write(`${dashboard.url}\n`);
    if (flags.quiet !== true) process.stderr.write('Whoever has this address can see and act on your runs. Ctrl-C to stop.\n');
    let forget: () => Promise<void> = async () => undefined;
    try {
      if (flags.open === true) forget = await openPrivately(dashboard.url);
      if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    } finally {
      await dashboard.close();
      interrupt.end();
      await forget();
    }
    return 0;
  },
};

/** The provider that a run was started with. To read, nothing is called and no emulator is started. */
async function connect(status: RunStatus, purpose: 'read' | 'act', flags: FlagValues): Promise<DashboardProvider> {
  const same = sameProvider(status, flags);
  const options = driveOptionsFrom(same);
  if (purpose === 'read') return { provider: await readingProvider(status, flags), options };
  return { ...(await openProvider(same, status.directory)), options };
}
