import { InputError, joinFiles } from '../index.ts';
import { onInterrupt } from './interrupt.ts';
import { checkReport, publish } from './report.ts';
import { readOptionsFrom, sinkFrom, sourceFrom } from './streams.ts';
import type { Verb } from './verb.ts';

export const joinVerb: Verb = {
  name: 'join',
  summary: 'join a file of records with result files that any tool downloaded',
  argument: { name: 'source', help: 'file of records; - for stdin (JSONL)' },
  flags: ['id', 'results', 'output', 'outputFormat', 'report', 'format', 'path', 'delimiter', 'encoding', 'limit', 'prefix', 'parseJson', 'stripFences', 'body', 'strict', 'json', 'quiet'],
  examples: [
    'millrace join reviews.csv --id id --results output.jsonl --results errors.jsonl -o enriched.csv',
    'millrace join reviews.jsonl --id id --results output.jsonl -o - --report report.json > enriched.jsonl',
  ],
  async run(source, flags) {
    const { results = [], output = '-', id, prefix, parseJson, stripFences, body, strict } = flags;
    if (results.length === 0) throw new InputError('invalid_option', 'join needs --results FILE, once for each result file.');
    await checkReport(flags);
    const interrupt = onInterrupt();
    try {
      const report = await joinFiles({
        source: sourceFrom(source),
        read: readOptionsFrom(source, flags),
        results,
        ...sinkFrom(output, source, flags),
        signal: interrupt.signal,
        ...(id === undefined ? {} : { customId: id }),
        ...(prefix === undefined ? {} : { prefix }),
        ...(parseJson === undefined ? {} : { parseJson }),
        ...(stripFences === undefined ? {} : { stripFences }),
        ...(body === undefined ? {} : { body }),
        ...(strict === undefined ? {} : { strict }),
      });
      return await publish(report, { ...flags, output }, output === '-' ? undefined : `${output}.rejects.jsonl`);
    } finally {
      interrupt.end();
    }
  },
};
