import { adopt, InputError } from '../index.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { checkProviderFlags, openProvider } from './provider.ts';
import { standingJson } from './standing-json.ts';
import { describeStatus } from './status-text.ts';
import { directoryFrom, readOptionsFrom, sourceFrom } from './streams.ts';
import type { VerbWork } from './verb.ts';
import { noRecords } from './words.ts';

export const adoptVerb: VerbWork = {
  async run(source, flags) {
    checkProviderFlags(flags);
    const { batch: batches = [], id, strict, json } = flags;
    if (batches.length === 0) throw new InputError('invalid_option', 'adopt needs --batch ID, once for each batch.');
    const directory = directoryFrom(source, flags, new Date());
    const { provider, close } = await openProvider(flags, directory);
    const interrupt = onInterrupt();
    try {
      const status = await adopt({
        source: sourceFrom(source),
        read: readOptionsFrom(source, flags),
        directory,
        provider,
        batches,
        signal: interrupt.signal,
        ...(id === undefined ? {} : { customId: id }),
        ...(strict === undefined ? {} : { strict }),
      });
      if (json === true) printJson(standingJson(status));
      else process.stdout.write(describeStatus(status));
      if (status.records === 0 && flags.quiet !== true) process.stderr.write(noRecords(source));
      return 0;
    } finally {
      interrupt.end();
      await close();
    }
  },
};
