import { describeReport, InputError, inspectRun, StateError } from '../index.ts';
import { describeFailures } from './inspection-text.ts';
import { printJson } from './json.ts';
import { writePage } from './report-page.ts';
import { printable } from './text-table.ts';
import type { VerbWork } from './verb.ts';
import { minute, quantity } from './words.ts';

export const reportVerb: VerbWork = {
  async run(directory, flags) {
    if (flags.html !== undefined) return writePage(directory, flags.html, flags);
    if (flags.open === true) throw new InputError('invalid_option', '--open opens a page: name it with --html FILE.');
    const inspection = await inspectRun(directory, flags.prices === undefined ? {} : { prices: flags.prices });
    const { digest, label, metadata, createdAt, provider, account, rounds, runId } = inspection;
    if (!digest) throw new StateError('not_finished', `${directory} has nothing to report: it was not built, or belongs to a provider of your own, whose lines only the library can read (inspectRun).`);
    const { report, pending, failures } = digest;
    if (flags.json === true) {
      printJson({ ...report, pending, failures, run: { runId, directory, provider, account, ...(label === undefined ? {} : { label }), metadata, createdAt: new Date(createdAt).toISOString(), rounds } });
      return 0;
    }
    const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
    const head = `${directory}: ${provider}, begun ${minute(createdAt)}\n${label === undefined ? '' : `label: ${printable(label)}\n`}${pairs.length === 0 ? '' : `metadata: ${printable(pairs.join(', '))}\n`}`;
    const open = pending === 0 ? '' : `${quantity(pending, 'record')} not settled yet: not counted above\n`;
    // The report has an example of each error of the provider.
    const others = failures.filter(({ reason }) => report.examples?.[reason] === undefined);
    process.stdout.write(`${head}${describeReport(report)}${open}${others.length === 0 ? '' : `the first of other reasons\n${describeFailures(others)}`}`);
    return 0;
  },
};
