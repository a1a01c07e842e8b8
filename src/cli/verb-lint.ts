import { InputError, lint, type Finding, type LintOptions, type LintRule, type LintSummary } from '../index.ts';
import { limitsFrom } from './drive-options.ts';
import { describeSummary, jsonView, textView, type FindingsView } from './findings.ts';
import { flagTable, type FlagName, type FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { endpointPath, requestFrom } from './request.ts';
import { without } from './settings.ts';
import { readOptionsFrom, sourceFrom } from './streams.ts';
import type { VerbWork } from './verb.ts';

/** Flags of a request definition, or of its source: without one they would mean nothing. */
const sourceFlags = ['model', 'system', 'schema', 'maxTokens', 'param', 'id', 'path', 'delimiter', 'encoding', 'format', 'limit'] as const satisfies readonly FlagName[];

const refused = 3;

export const lintVerb: VerbWork = {
  fitConfig(config, given) {
    const isAsked = (given.prompt ?? given.messages) !== undefined;
    const isRequests = !isAsked && ((config.prompt ?? config.messages) === undefined || (given.fix ?? config.fix) !== undefined);
    // A batch input file has no source of which a config could say something.
    return without(config, isRequests ? ['prompt', 'messages', 'strictSchema', ...sourceFlags] : ['fix']);
  },
  async run(source, flags) {
    const view = flags.json === true ? jsonView(print) : textView(print, flags.all === true);
    const interrupt = onInterrupt();
    try {
      const options = optionsFrom(source, flags);
      const summary = options instanceof InputError ? await refuse(source, options, view) : await show({ ...options, signal: interrupt.signal }, view);
      if (flags.quiet !== true) process.stderr.write(describeSummary(summary, flags.fix));
      return summary.errors === 0 ? 0 : refused;
    } finally {
      interrupt.end();
    }
  },
};

/** What to lint; an error where the request definition would be refused whatever the record. */
function optionsFrom(source: string, flags: FlagValues): LintOptions | InputError {
  const { provider, endpoint, prompt, messages, id, apiVersion, fix } = flags;
  const common = { source: sourceFrom(source), limits: limitsFrom(flags), ...(provider === undefined ? {} : { provider }) };
  if (prompt === undefined && messages === undefined) {
    checkFileFlags(flags);
    return {
      ...common,
      ...(source === '-' ? { read: { fileName: 'stdin' } } : {}),
      ...(endpoint === undefined ? {} : { endpoint: endpointPath(endpoint) }),
      ...(apiVersion === undefined ? {} : { apiVersion }),
      ...(fix === undefined ? {} : { fix }),
    };
  }
  if (fix !== undefined) throw new InputError('invalid_option', '--fix corrects batch input files: correct the source itself, or leave out --prompt.');
  try {
    return { ...common, read: readOptionsFrom(source, flags), request: requestFrom(flags), ...(id === undefined ? {} : { customId: id }) };
  } catch (error) {
    if (error instanceof InputError && error.code === 'invalid_request') return error;
    throw error;
  }
}

function checkFileFlags(flags: FlagValues): void {
  const given = sourceFlags.find((flag) => flags[flag] !== undefined);
  if (given === undefined) return;
  const [name] = flagTable[given].flags.split(' ');
  throw new InputError('invalid_option', `${name} is for a source of records: say with --prompt or --messages what to ask of them, or leave it out for a batch input file.`);
}

/** A definition that is refused before the first record was read. */
async function refuse(file: string, { message, context: { rule = 'unbuildable_request' } }: InputError, view: FindingsView): Promise<LintSummary> {
  // The rules of builders are among those of lint.
  const found: Finding = { severity: 'error', rule: rule as LintRule, message, file };
  const summary: LintSummary = { file, format: 'source', requests: 0, bytes: 0, errors: 1, warnings: 0, fixed: 0, rules: { [found.rule]: 1 } };
  await view.show(found);
  await view.end(summary);
  return summary;
}

async function show(options: LintOptions, view: FindingsView): Promise<LintSummary> {
  const linting = lint(options);
  for await (const found of linting) await view.show(found);
  const summary = await linting.summary();
  await view.end(summary);
  return summary;
}

/** Writes to stdout, and waits for a slow reader. One that has gone ends nothing: the exit code is still wanted. */
async function print(text: string): Promise<void> {
  const { stdout } = process;
  if (!stdout.writable || stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      stdout.off('drain', go).off('close', go);
      resolve();
    };
    stdout.on('drain', go).on('close', go);
  });
}
