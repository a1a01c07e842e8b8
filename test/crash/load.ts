import { createReadStream, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { run, type RunReport } from '../../src/index.ts';
import type { ResultEntry } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { readLines } from '../../src/records/lines.ts';
import { connect, optionsOf, runDirectoryOf, sinkOf, type Job, type ProviderName } from './job.ts';
import { temporary } from './setting.ts';

/** What a large run with faults of all kinds came to. */
export interface LoadFigures {
  readonly report: RunReport;
  /** How often each fault acted. */
  readonly survived: ReadonlyMap<string, number>;
  readonly executions: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

const rowFaults = [
  'attempts=1 probability=0.01 error=429',
  'attempts=2 probability=0.005 error=500',
  'probability=0.002 error=400',
  'attempts=1 probability=0.005 missing',
  'attempts=1 probability=0.003 malformed',
  'probability=0.003 duplicate=equal',
  'probability=0.003 duplicate=different',
  'probability=0.003 orphan',
  'probability=0.003 blank',
  'probability=0.003 crlf',
  'probability=0.001 long=20000',
  'probability=0.003 filtered',
  'probability=0.003 truncated',
  'probability=0.002 refused',
  'probability=0.002 empty',
];

const batchFaults = ['batch=2 expire=0.5', 'batch=4 cancel=0.5', 'batch=6 stuck=in_progress for=10h', 'batch=8 counts=more', 'batch=9 counts=fewer', 'batch=10 counts=zero', 'batch=12 status=paused_for_review for=10h', 'probability=0.1 late=4h', '*.batches.list hidden for=10h'];

const callFaults = (provider: ProviderName): string[] => [
  '*.batches.create nth=1 reset=after',
  '*.batches.create nth=3 reset=before',
  '*.batches.create nth=5 answer=503 when=after',
  '*.batches.create nth=7 answer=429 retry-after=1',
  '*.batches.create nth=9 answer=500',
  '*.batches.list nth=2 answer=529',
  '*.batches.retrieve probability=0.02 answer=503',
  '*.batches.retrieve probability=0.01 reset=during',
  '*.batches.retrieve probability=0.01 answer=502 html',
  ...(provider === 'openai' ? ['openai.files.create nth=2 reset=after', 'openai.files.create nth=4 answer=500', 'batch=14 zero probability=0.01', 'error-file-id=empty probability=0.2'] : []),
  ...['reset=during', 'end=2000', 'end=3000 announced=short', 'slow=20000000', 'answer=503'].map((action, at) => `${provider === 'openai' ? 'openai.files.content' : 'anthropic.batches.results'} nth=${2 + at * 3} ${action}`),
];

/** Runs many records through an emulator of which about one row in twenty goes wrong, and many calls and batches. */
export async function mixedLoad(provider: ProviderName, records: number): Promise<LoadFigures> {
  const folder = temporary();
  const source = join(folder, 'source.csv');
  writeFileSync(source, `id,text,model\n${Array.from({ length: records }, (_none, index) => `r-${index},t${index},${provider === 'openai' ? 'gpt-4o-mini' : 'claude-haiku-4-5'}`).join('\n')}\n`);
  const emulator = await startEmulator({ speed: 40_000, faults: [...callFaults(provider), ...batchFaults, ...rowFaults] });
  const job = { provider, url: emulator.url, source, folder, maxRequests: 5000 };
  try {
    const began = performance.now();
    const report = await run({ ...optionsOf(job), growOutput: false, absenceMs: 1000 });
    const seconds = (performance.now() - began) / 1000;
    const survived = new Map(emulator.faults().map(({ rule: { action, route, batch }, hits }) => [[route, batch && `batch ${batch}`, ...Object.values(action)].filter((word) => word !== undefined).join(' '), hits]));
    return { report, survived, seconds, ...(await audit(job, report, records, emulator)) };
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}

async function audit(job: Job, report: RunReport, records: number, emulator: Emulator): Promise<Pick<LoadFigures, 'executions' | 'violations'>> {
  const violations: string[] = [];
  const sum = Object.values(report.outcomes).reduce((total, count) => total + count, 0);
  if (report.records !== records || sum !== records) violations.push(`${report.records} records and ${sum} outcomes of ${records}`);
  let rows = 0;
  for await (const lines of readLines(createReadStream(sinkOf(job)))) {
    for (const { bytes } of lines) if (rows++ > 0 && !bytes.toString().startsWith(`r-${rows - 2},`)) violations.push(`row ${rows} is of another record`);
  }
  if (rows !== records + 1) violations.push(`${rows - 1} rows of ${records}`);
  let batches = 0;
  for await (const _batch of connect(job).list()) batches += 1;
  if (batches !== report.batches) violations.push(`${batches} batches at the provider, ${report.batches} in the ledger`);
  const { executions, twice } = await paidTwice(job, emulator);
  if (twice > 0) violations.push(`${twice} records were answered twice`);
  return { executions, violations };
}

/** An answer that the provider lost is asked for again; one that was delivered never is. */
async function paidTwice(job: Job, emulator: Emulator): Promise<{ executions: number; twice: number }> {
  const delivered = await deliveredAnswers(job);
  const answered = new Set<string>();
  let [executions, twice] = [0, 0];
  for await (const { batchId, customId, status } of emulator.executions()) {
    executions += 1;
    if (status !== 200 || !delivered.has(`${batchId} ${customId}`)) continue;
    if (answered.has(customId ?? '')) twice += 1;
    answered.add(customId ?? '');
  }
  return { executions, twice };
}

/** `batch custom_id` of every line of the result files that can be read as an answer. */
async function deliveredAnswers(job: Job): Promise<Set<string>> {
  const delivered = new Set<string>();
  const ledger = await openSqliteLedger(runDirectoryOf(job));
  for (const result of await ledger.results()) for await (const id of idsIn(job, result)) delivered.add(`${result.batchId} ${id}`);
  await ledger.close();
  return delivered;
}

async function* idsIn(job: Job, { file }: ResultEntry): AsyncGenerator<string, void, undefined> {
  for await (const lines of readLines(createReadStream(join(runDirectoryOf(job), file)))) {
    for (const { bytes } of lines) {
      const text = bytes.toString();
      const isAnswer = job.provider === 'openai' ? /"status_code":\s*200\b/.test(text) : /"type":\s*"succeeded"/.test(text);
      const [, id] = /"custom_id":\s*"([^"]+)"/.exec(text) ?? [];
      if (isAnswer && id !== undefined && isJson(text)) yield id;
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
