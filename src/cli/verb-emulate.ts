import { once } from 'node:events';
import { faultsFrom } from './faults.ts';
import { onInterrupt } from './interrupt.ts';
import type { Verb } from './verb.ts';

const defaultPort = 8787;

export const emulateVerb: Verb = {
  name: 'emulate',
  summary: 'serve the Batch APIs of OpenAI and Anthropic on this machine',
  flags: ['port', 'host', 'state', 'speed', 'fault', 'faults', 'quiet'],
  examples: [
    'millrace emulate --port 8787 --dir emulator',
    "millrace emulate --fault 'openai.batches.create nth=1 reset=after' --fault 'attempts=1 probability=0.05 error=429'",
    "OPENAI_API_KEY=any millrace run in.csv --base-url http://127.0.0.1:8787/v1 --prompt '{{text}}' -o out.csv",
    "ANTHROPIC_API_KEY=any millrace run in.csv --provider anthropic --base-url http://127.0.0.1:8787 --prompt '{{text}}' -o out.csv",
  ],
  async run(_argument, { port = defaultPort, host, dir, speed, quiet, ...flags }) {
    const { startEmulator } = await import('../emulator/server.ts');
    const emulator = await startEmulator({
      port,
      faults: await faultsFrom(flags),
      ...(host === undefined ? {} : { host }),
      ...(dir === undefined ? {} : { directory: dir }),
      ...(speed === undefined ? {} : { speed }),
    });
    const interrupt = onInterrupt();
    process.stdout.write(`OPENAI_BASE_URL=${emulator.openaiBaseUrl}\nANTHROPIC_BASE_URL=${emulator.anthropicBaseUrl}\n`);
    if (quiet !== true) process.stderr.write(`State is kept in ${emulator.directory}. Any API key will do. Ctrl-C to stop.\n`);
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    interrupt.end();
    await emulator.close();
    return 0;
  },
};
