import { join } from 'node:path';
import { run } from '../index.ts';
import { buildFlags, buildOptionsFrom } from './build-options.ts';
import { driveFlags, driveOptionsFrom } from './drive-options.ts';
import { exitCodeOfError } from './failure.ts';
import { onInterrupt } from './interrupt.ts';
import { openProvider } from './provider.ts';
import { checkReport, publish } from './report.ts';
import { resumeHint } from './resume.ts';
import { makeRunDirectory } from './run-directory.ts';
import { auditFrom, directoryFrom, sinkFrom } from './streams.ts';
import { Talk } from './talk.ts';
import type { Verb } from './verb.ts';
import { showEstimate } from './verb-estimate.ts';

export const runVerb: Verb = {
  name: 'run',
  summary: 'send every record of a file through a Batch API and write the enriched file; run it again to resume',
  argument: { name: 'source', help: 'file of records: .csv .tsv .jsonl .json .parquet, also .gz .zst; - for stdin (JSONL)' },
  flags: [...buildFlags, ...driveFlags, 'reuse', 'dedupe', 'tokenizer', 'dryRun', 'dir', 'output', 'outputFormat', 'report', 'prefix', 'embeddingFormat', 'cost', 'audit', 'json', 'quiet', 'log', 'color'],
  examples: [
    "millrace run reviews.csv --model gpt-5-mini --prompt 'Classify: {{text}}' --id id -o reviews.enriched.csv",
    "millrace run reviews.csv --provider anthropic --prompt 'Classify: {{text}}' -o out.jsonl",
    "millrace run reviews.csv --prompt 'Classify: {{text}}' --max-tokens 100 --budget 5 -o out.csv",
    "millrace run reviews.csv --emulate --prompt 'Classify: {{text}}' -o out.csv",
    "millrace run texts.jsonl --endpoint embeddings --prompt '{{text}}' --param dimensions=256 -o vectors.jsonl",
    "millrace run reviews.csv --prompt 'Judge: {{text}}' --schema verdict.schema.json --repair -o verdicts.csv",
    "millrace run reviews.csv --prompt 'Classify: {{text}}' --id id --dir runs/november --reuse runs/october --dedupe -o out.csv",
    "millrace run reviews.csv --prompt 'Classify: {{text}}' --audit audit.jsonl.gz -o out.csv",
    "cat in.jsonl | millrace run - --prompt '{{text}}' -o - > out.jsonl",
  ],
  async run(source, flags) {
    if (flags.dryRun === true) return showEstimate(source, flags);
    const directory = directoryFrom(source, flags, new Date());
    const output = flags.output ?? join(directory, `output.${flags.outputFormat ?? 'jsonl'}`);
    const target = { ...sinkFrom(output, source, flags), ...auditFrom(source, flags) };
    const talk = new Talk(flags);
    const build = buildOptionsFrom(source, flags, talk);
    await checkReport(flags);
    const discardUnlessBuilt = await makeRunDirectory(directory);
    const { provider, close } = await openProvider(flags, directory).catch(async (error: unknown) => {
      await discardUnlessBuilt();
      throw error;
    });
    const interrupt = onInterrupt((text) => talk.say(text));
    try {
      const report = await run({
        ...build,
        ...driveOptionsFrom(flags),
        ...target,
        directory,
        provider,
        signal: interrupt.signal,
        onProgress: (snapshot) => talk.show(snapshot),
        ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
        ...(flags.embeddingFormat === undefined ? {} : { embeddingFormat: flags.embeddingFormat }),
        ...(flags.cost === undefined ? {} : { cost: flags.cost }),
      });
      talk.end();
      if (flags.output === undefined) talk.say(`output: ${output}\n`);
      return await publish(report, flags, talk, output === '-' ? join(directory, 'rejects.jsonl') : `${output}.rejects.jsonl`);
    } catch (error) {
      talk.fail(error, resumeHint(error, source, flags, directory));
      return exitCodeOfError(error);
    } finally {
      interrupt.end();
      await close();
      await discardUnlessBuilt();
    }
  },
};
