import { join } from 'node:path';
import { millrace, program } from '../contenders.ts';
import { keys, startEmulatorProcess, type EmulatorProcess } from '../emulator.ts';
import { measure } from '../measure.ts';
import type { Command, Contender, Setting, Workload } from '../race.ts';
import { peakBelow } from '../targets.ts';

const providers = ['openai', 'anthropic'] as const;
type ProviderName = (typeof providers)[number];
const peakMegabytes = 200;

/** Request files to the provider. */
export const submitWorkloads: readonly Workload[] = [
  {
    name: 'submit',
    title: 'submit requests of 4 kB in one batch to the emulator in another process; what counts is memory',
    records: 45_000,
    quickRecords: 45_000,
    race: (setting, records) => ({
      contenders: providers.flatMap((provider) => [submitContender(setting, records, provider), sdkContender(setting, records, provider)]),
      targets: providers.map((provider) => peakBelow(`millrace, ${provider}`, peakMegabytes)),
    }),
  },
];

/** Submits a run that was built before. */
function submitContender(setting: Setting, records: number, provider: ProviderName): Contender {
  return serviceContender(setting, records, `millrace, ${provider}`, async (source, output, emulator) => {
    const run = join(output, 'run');
    const url = urlOf(emulator, provider);
    await measure(millrace(setting, ['build', source, '--provider', provider, '--base-url', url, ...requestFlags, '--dir', run, '--quiet'], { environment: keys }));
    return millrace(setting, ['submit', run, '--base-url', url, '--quiet'], { environment: keys });
  });
}

/** Submits the same requests with the provider's SDK. */
function sdkContender(setting: Setting, records: number, provider: ProviderName): Contender {
  return serviceContender(setting, records, `${provider} sdk`, async (source, output, emulator) => {
    const folder = join(output, 'shards');
    await measure(millrace(setting, ['build', source, '--provider', provider, ...requestFlags, '-o', folder, '--quiet']));
    return program(setting, `peers/${provider}-sdk-submit`, [folder, urlOf(emulator, provider)]);
  });
}

const requestFlags = ['--id', 'id', '--prompt', '{{text}}'] as const;

function urlOf({ openaiUrl, anthropicUrl }: EmulatorProcess, provider: ProviderName): string {
  return provider === 'openai' ? openaiUrl : anthropicUrl;
}

/** A contender that talks to an emulator of its own. */
function serviceContender(setting: Setting, records: number, name: string, commandFor: (source: string, output: string, emulator: EmulatorProcess) => Promise<Command>): Contender {
  const inputs = setting.data.files('wide', records);
  return {
    name,
    records,
    inputs,
    async prepare(output) {
      const emulator = await startEmulatorProcess(setting, join(output, 'emulator'));
      return { command: await commandFor(inputs[0] ?? '', output, emulator), finish: emulator.stop };
    },
  };
}
