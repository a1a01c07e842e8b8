import { once } from 'node:events';
import { faultsFrom } from './faults.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import type { VerbWork } from './verb.ts';

const defaultPort = 8787;

export const emulateVerb: VerbWork = {
  async run(_argument, { port = defaultPort, host, dir, speed, quiet, json, ...flags }) {
    const { startEmulator } = await import('../emulator/server.ts');
    const emulator = await startEmulator({
      port,
      faults: await faultsFrom(flags),
      ...(host === undefined ? {} : { host }),
      ...(dir === undefined ? {} : { directory: dir }),
      ...(speed === undefined ? {} : { speed }),
    });
    const interrupt = onInterrupt();
    if (json === true) printJson({ openaiBaseUrl: emulator.openaiBaseUrl, anthropicBaseUrl: emulator.anthropicBaseUrl, directory: emulator.directory });
    else process.stdout.write(`OPENAI_BASE_URL=${emulator.openaiBaseUrl}\nANTHROPIC_BASE_URL=${emulator.anthropicBaseUrl}\n`);
    if (quiet !== true) process.stderr.write(`State is kept in ${emulator.directory}. Any API key will do. Ctrl-C to stop.\n`);
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    interrupt.end();
    await emulator.close();
    return 0;
  },
};
