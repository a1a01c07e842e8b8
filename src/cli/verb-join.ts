import { InputError, joinFiles, type RunReport } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { checkReport, publish } from './report.ts';
import { readSchema } from './schema.ts';
import { readOptionsFrom, sinkFrom, sourceFrom } from './streams.ts';
import { Talk } from './talk.ts';
import type { VerbWork } from './verb.ts';
import { noRecords, quantity } from './words.ts';

export const joinVerb: VerbWork = {
  async run(source, flags) {
    const { results = [], output = '-', id, prefix, embeddingFormat, schema, parseJson, stripFences, body, strict, threads } = flags;
    if (results.length === 0) throw new InputError('invalid_option', 'join needs --results FILE, once for each result file.');
    await checkReport(flags);
    const rejects = rejectsPath(output, flags);
    const talk = new Talk(flags);
    const interrupt = onInterrupt((text) => talk.say(text));
    try {
      const report = await joinFiles({
        source: sourceFrom(source),
        read: readOptionsFrom(source, flags),
        results,
        ...sinkFrom(output, source, flags),
        ...(rejects === undefined ? {} : { rejects }),
        signal: interrupt.signal,
        onProgress: (outcomes, bytes) => talk.joining(outcomes, bytes),
        ...(id === undefined ? {} : { customId: id }),
        ...(prefix === undefined ? {} : { prefix }),
        ...(embeddingFormat === undefined ? {} : { embeddingFormat }),
        ...(schema === undefined ? {} : { schema: readSchema(schema) }),
        ...(parseJson === undefined ? {} : { parseJson }),
        ...(stripFences === undefined ? {} : { stripFences }),
        ...(body === undefined ? {} : { body }),
        ...(strict === undefined ? {} : { strict }),
        ...(threads === undefined ? {} : { threads }),
      });
      talk.end();
      const lost = rejects === undefined ? unkept(report) : 0;
      if (report.records === 0) talk.say(noRecords(source));
      if (lost > 0) talk.say(`warning: ${quantity(lost, 'line or record', 'lines and records')} found no place and ${lost === 1 ? 'is' : 'are'} kept nowhere; name a file with -o, or with --report\n`);
      return await publish(report, { ...flags, output }, talk, rejects);
    } finally {
      talk.end();
      interrupt.end();
    }
  },
};

/** What finds no place is kept beside the output, else beside the report. */
function rejectsPath(output: string, { report }: FlagValues): string | undefined {
  if (output !== '-') return `${output}.rejects.jsonl`;
  return report === undefined ? undefined : `${report}.rejects.jsonl`;
}

/** Lines and records that a side file would hold. */
function unkept({ results: { orphans, duplicates, unparsable, unrecognized }, outcomes: { rejected } }: RunReport): number {
  return orphans + duplicates + unparsable + unrecognized + rejected;
}
