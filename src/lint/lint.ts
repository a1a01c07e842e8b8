import { InputError } from '../errors.ts';
import type { AnyValue } from '../records/record.ts';
import type { Finding, LintSummary } from './finding.ts';
import { lintFile } from './lint-file.ts';
import { lintSource } from './lint-source.ts';
import type { LintOptions } from './options.ts';

/** A lint under way: its findings as they are met, in the order of the file, then a summary. Read once. */
export interface Lint extends AsyncIterable<Finding> {
  /** Reads what has not been read yet, and sums up. */
  summary(): Promise<LintSummary>;
}

/**
 * Finds offline what a provider would refuse later, in a source with its request definition, or in a batch input file made by any
 * tool: lines of `{custom_id, method, url, body}` (OpenAI), `{"requests": [...]}` or lines of `{custom_id, params}` (Anthropic). One
 * pass in flat memory. An error is refused at upload, at create or by validation, or its record ends as errored; a warning may be.
 *
 * @throws InputError through the iteration: `file_not_found`, `unknown_format` for a file that is no batch input file, `invalid_option`
 *
 * @example
 * const linting = lint({ source: 'people.csv', customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'Greet {{name}}' }) });
 * for await (const found of linting) console.log(describePlace(found), found.severity, found.rule, found.message);
 * const { errors } = await linting.summary();
 */
export function lint<T = AnyValue>(options: LintOptions<T>): Lint {
  const findings = findingsOf(options);
  let summary: LintSummary | undefined;
  const iterate = async function* (): AsyncGenerator<Finding, void, undefined> {
    try {
      for (let next = await findings.next(); ; next = await findings.next()) {
        if (next.done !== true) yield next.value;
        else {
          // Once it has ended, a further call has no value.
          summary ??= next.value;
          return;
        }
      }
    } finally {
      // A loop that was left early closes the files; otherwise this does nothing.
      await findings.return(undefined as never);
    }
  };
  return {
    [Symbol.asyncIterator]: iterate,
    async summary() {
      for await (const _found of iterate()) continue;
      if (summary !== undefined) return summary;
      throw new InputError('invalid_option', 'This lint was left before its end, so that it has no summary: begin another.');
    },
  };
}

function findingsOf<T>({ request, ...options }: LintOptions<T>): AsyncGenerator<Finding, LintSummary, undefined> {
  if (request !== undefined && options.fix !== undefined) throw new InputError('invalid_option', '`fix` corrects batch input files; a source of records is corrected by who made it. Leave `fix` or `request` out.');
  if (request !== undefined) return lintSource(options, request);
  const { customId, ...fileOptions } = options;
  if (customId !== undefined) throw new InputError('invalid_option', '`customId` names the records of a source: give `request` as well, or leave it out for a batch input file.');
  return lintFile(fileOptions);
}
