import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError, type BatchHandle, type RunHandle } from '../index.ts';
import { batchProviderOf, withBatch } from './batch-argument.ts';
import type { FlagValues } from './flags.ts';
import { printJson } from './json.ts';
import { checkReport, publish } from './report.ts';
import { sinkFrom } from './streams.ts';
import type { VerbWork } from './verb.ts';
import { showStatus, withRun } from './with-run.ts';
import { grouped } from './words.ts';

export const fetchVerb: VerbWork = {
  async run(run, flags) {
    const provider = batchProviderOf(run, flags);
    return provider ? fetchBatch(run, provider, flags) : fetchRun(run, flags);
  },
};

async function fetchRun(directory: string, flags: FlagValues): Promise<number> {
  await checkReport(flags);
  const { output, prefix, embeddingFormat, cost, audit } = flags;
  if (output === undefined && audit === undefined) return withRun(directory, flags, (job) => job.fetch(), (status) => showStatus(status, flags));
  // Without an output the join serves the audit and the report alone.
  const { sink, write } = output === undefined ? {} : sinkFrom(output, '', flags);
  const rejects = output === undefined || output === '-' ? join(directory, 'rejects.jsonl') : `${output}.rejects.jsonl`;
  const fetchAndWrite = async (job: RunHandle) => {
    await job.fetch();
    return job.write(sink, { ...(write && { write }), ...(prefix === undefined ? {} : { prefix }), ...(embeddingFormat === undefined ? {} : { embeddingFormat }), ...(cost === undefined ? {} : { cost }), ...(audit === undefined ? {} : { audit }) });
  };
  return withRun(directory, flags, fetchAndWrite, (report, _before, talk) => publish(report, flags, talk, rejects));
}

/** The lines of a batch as the provider wrote them, those of its error file as well. */
async function fetchBatch(id: string, provider: 'openai' | 'anthropic', flags: FlagValues): Promise<number> {
  const { output = `${id}.jsonl`, json } = flags;
  if (output === '-' && json === true) throw new InputError('invalid_option', '-o - and --json both write to stdout: leave one out.');
  const fetched = (batch: BatchHandle, signal: AbortSignal) => (output === '-' ? writeTo(process.stdout, batch, signal) : writeFile(output, batch, signal));
  return withBatch(id, provider, flags, fetched, (bytes, talk) => {
    if (json === true) printJson({ batch: id, output, bytes });
    talk.say(`${id}: ${grouped(bytes)} bytes${output === '-' ? '' : ` in ${output}`}\n`);
    return 0;
  });
}

/** A file is there whole or not at all. */
async function writeFile(output: string, batch: BatchHandle, signal: AbortSignal): Promise<number> {
  const part = `${output}.part`;
  try {
    const bytes = await writeTo(createWriteStream(part, { mode: 0o600 }), batch, signal);
    await rename(part, output);
    return bytes;
  } finally {
    await rm(part, { force: true });
  }
}

async function writeTo(sink: NodeJS.WritableStream, batch: BatchHandle, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of batch.results()) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  // Standard output is not ours to end.
  await pipeline(Readable.from(counted()), sink, { signal, end: sink !== process.stdout });
  return bytes;
}
