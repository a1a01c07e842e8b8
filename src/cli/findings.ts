import { describePlace, type Finding, type LintSummary } from '../index.ts';
import { jsonVersion } from './json.ts';
import { grouped, quantity } from './words.ts';

/** Findings of one rule that are shown unless all are asked for. */
const shownOfEach = 5;

/** Somewhere to write text to, that says when to wait. */
export type WriteText = (text: string) => Promise<void>;

/** Shows the findings of a lint, as people or as scripts read them. */
export interface FindingsView {
  show(found: Finding): Promise<void>;
  end(summary: LintSummary): Promise<void>;
}

/** One line a finding, those of a kind not without end, then how many more there are. */
export function textView(write: WriteText, showsAll: boolean): FindingsView {
  const counts = new Map<string, number>();
  return {
    async show(found) {
      const count = (counts.get(found.rule) ?? 0) + 1;
      counts.set(found.rule, count);
      if (showsAll || count <= shownOfEach) await write(`${describeFinding(found)}\n`);
    },
    async end() {
      for (const [rule, count] of showsAll ? [] : counts) {
        if (count > shownOfEach) await write(`... and ${grouped(count - shownOfEach)} more of ${rule} (--all shows them)\n`);
      }
    },
  };
}

/** One JSON document, written as the findings come. */
export function jsonView(write: WriteText): FindingsView {
  let separator = `{"version":${jsonVersion},"findings":[`;
  return {
    async show(found) {
      await write(`${separator}\n${JSON.stringify(found)}`);
      separator = ',';
    },
    async end(summary) {
      await write(`${separator === ',' ? '' : separator}\n],"summary":${JSON.stringify(summary)}}\n`);
    },
  };
}

/** `people.csv:18206: error [rule] message (record 18,204 of people.csv, line 204 of shard 37; custom_id "a")`. */
function describeFinding(found: Finding): string {
  const { file = 'input', line, column, severity, rule, message, fixed, index, customId } = found;
  const position = [file, ...(line === undefined ? [] : [line]), ...(line === undefined || column === undefined ? [] : [column])].join(':');
  const about = [...(index === undefined ? [] : [describePlace(found)]), ...(customId === undefined ? [] : [`custom_id ${JSON.stringify(customId)}`])];
  return `${position}: ${severity}${fixed === true ? ', fixed' : ''} [${rule}] ${message}${about.length === 0 ? '' : ` (${about.join('; ')})`}`;
}

/** The last line: what was read, and whether it would be taken. */
export function describeSummary({ file = 'input', format, requests, errors, warnings, fixed, shards, mappedIds = 0 }: LintSummary, copy: string | undefined): string {
  const what = format === 'source' ? quantity(requests, 'record') : quantity(requests, 'request');
  const where = shards === undefined ? '' : ` in ${quantity(shards, 'shard')}`;
  const verdict = errors === 0 ? 'nothing that would be refused' : `${quantity(errors, 'error')} that would be refused`;
  const corrected = copy === undefined ? '' : `, ${grouped(fixed)} fixed in ${copy}${mappedIds === 0 ? '' : ` (${quantity(mappedIds, 'id')} mapped, see ${copy}.ids.jsonl)`}`;
  return `${file}: ${what}${where}: ${verdict}, ${quantity(warnings, 'warning')}${corrected}\n`;
}
