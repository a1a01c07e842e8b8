import { join } from 'node:path';
import { run } from '../index.ts';
import { buildOptionsFrom } from './build-options.ts';
import { driveOptionsFrom } from './drive-options.ts';
import { exitCodeOfError } from './failure.ts';
import { onInterrupt } from './interrupt.ts';
import { openProvider } from './provider.ts';
import { checkReport, publish } from './report.ts';
import { resumeHint } from './resume.ts';
import { makeRunDirectory } from './run-directory.ts';
import { auditFrom, directoryFrom, sinkFrom } from './streams.ts';
import { Talk } from './talk.ts';
import type { VerbWork } from './verb.ts';
import { showEstimate } from './verb-estimate.ts';
import { stdinIsJsonl } from './words.ts';

export const runVerb: VerbWork = {
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
      const code = await publish(report, flags, talk, output === '-' ? join(directory, 'rejects.jsonl') : `${output}.rejects.jsonl`);
      if (source === '-' && flags.format === undefined && report.records > 0 && report.reasons['parse_error'] === report.records) talk.say(stdinIsJsonl);
      return code;
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
