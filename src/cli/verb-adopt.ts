import { adopt, InputError } from '../index.ts';
import { onInterrupt } from './interrupt.ts';
import { checkProviderFlags, openProvider } from './provider.ts';
import { describeStatus } from './status-text.ts';
import { directoryFrom, readOptionsFrom, sourceFrom } from './streams.ts';
import type { Verb } from './verb.ts';
import { noRecords } from './words.ts';

export const adoptVerb: Verb = {
  name: 'adopt',
  summary: 'make a run of batches that another tool created, to wait for them, fetch and join them here',
  argument: { name: 'source', help: 'file of records that the batches were made from; - for stdin (JSONL)' },
  flags: ['id', 'batch', 'provider', 'baseUrl', 'dir', 'format', 'path', 'delimiter', 'encoding', 'limit', 'strict', 'json', 'quiet'],
  examples: ['millrace adopt reviews.csv --id id --dir runs/adopted --batch batch_1 --batch batch_2', 'millrace wait runs/adopted && millrace fetch runs/adopted -o reviews.enriched.csv'],
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
      process.stdout.write(json === true ? `${JSON.stringify(status, null, 2)}\n` : describeStatus(status));
      if (status.records === 0 && flags.quiet !== true) process.stderr.write(noRecords(source));
      return 0;
    } finally {
      interrupt.end();
      await close();
    }
  },
};
