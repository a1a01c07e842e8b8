import { describeReport, exitCodeOf, InputError, StateError } from '../index.ts';
import { readPage, writePage } from './report-page.ts';
import type { Verb } from './verb.ts';

export const reportVerb: Verb = {
  name: 'report',
  summary: 'tell what became of the records of a run, as text, JSON or a page to send to anybody',
  argument: { name: 'run', help: 'run directory' },
  flags: ['html', 'open', 'schema', 'prices', 'parseJson', 'stripFences', 'json', 'quiet'],
  examples: ['millrace report runs/reviews', 'millrace report runs/reviews --json', 'millrace report runs/reviews --html report.html --open'],
  async run(directory, flags) {
    if (flags.html !== undefined) return writePage(directory, flags.html, flags);
    if (flags.open === true) throw new InputError('invalid_option', '--open opens a page: name it with --html FILE.');
    const { report } = await readPage(directory, flags);
    if (!report) throw new StateError('not_finished', `${directory} has shards without results. Wait for them and fetch them first; \`millrace status\` shows where it stands, and --html makes a page of that.`);
    process.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : describeReport(report));
    return exitCodeOf(report);
  },
};
