import { addRun, forgetRun, InputError, listRuns, type RunSummary } from '../index.ts';
import { paintFor } from './colors.ts';
import type { FlagValues } from './flags.ts';
import { printJson } from './json.ts';
import { rootOf } from './root.ts';
import { runsTable } from './runs-table.ts';
import { standingJson } from './standing-json.ts';
import type { VerbWork } from './verb.ts';

export const runsVerb: VerbWork = {
  async run(action, flags, [name = '']) {
    const root = rootOf(flags);
    if (action === '') return show(root, flags);
    if (action !== 'add' && action !== 'forget') throw new InputError('invalid_option', `runs ${action} is not known: use runs, runs add DIR or runs forget NAME.`);
    if (name === '') throw new InputError('invalid_option', action === 'add' ? 'runs add needs the directory of a run.' : 'runs forget needs the name of a run, as runs shows it.');
    if (action === 'add') await addRun(root, name);
    else await forgetRun(root, name, await listRuns(root));
    if (flags.json === true) printJson({ root, [action === 'add' ? 'added' : 'forgotten']: name });
    if (flags.quiet !== true) process.stderr.write(action === 'add' ? `${name} is listed under ${root} from now on.\n` : `${name} is listed no longer. Its files stay.\n`);
    return 0;
  },
};

async function show(root: string, flags: FlagValues): Promise<number> {
  const { state, label, provider } = flags;
  const runs = await listRuns(root, { ...(state === undefined ? {} : { state }), ...(label === undefined ? {} : { label }), ...(provider === undefined ? {} : { provider }) });
  if (flags.json === true) printJson({ root, runs: runs.map(flat) });
  else if (runs.length > 0) process.stdout.write(runsTable(runs, paintFor(process.stdout, flags), Date.now()));
  else if (flags.quiet !== true) process.stderr.write(`No run under ${root}${state ?? label ?? provider ? ' that fits' : ''}. Name another folder with --root or MILLRACE_ROOT.\n`);
  return 0;
}

/** The batches of a run are for `status`. */
function flat({ status, ...run }: RunSummary): object {
  if (status === undefined) return run;
  const { batches: _batches, ...standing } = standingJson(status);
  return { ...run, ...standing, directory: run.directory };
}
