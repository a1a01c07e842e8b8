import { inspectRun, readStatus } from '../index.ts';
import { batchProviderOf, showBatch, withBatch } from './batch-argument.ts';
import { paintFor } from './colors.ts';
import { describeInspection } from './inspection-text.ts';
import { printJson } from './json.ts';
import { standingJson } from './standing-json.ts';
import { describeStatus } from './status-text.ts';
import type { VerbWork } from './verb.ts';

export const statusVerb: VerbWork = {
  async run(run, flags) {
    const provider = batchProviderOf(run, flags);
    if (provider) return withBatch(run, provider, flags, (batch) => batch.status(), (batch) => showBatch(batch, flags));
    const options = flags.prices === undefined ? {} : { prices: flags.prices };
    if (flags.json === true) {
      printJson(standingJson(await inspectRun(run, options)));
      return 0;
    }
    const paint = paintFor(process.stdout, flags);
    // Where it stands is known at once; what became of a million records may take a while to read.
    process.stdout.write(describeStatus(await readStatus(run), paint));
    process.stdout.write(describeInspection(await inspectRun(run, options), paint));
    return 0;
  },
};
