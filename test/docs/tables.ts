import { flagTable, type FlagName } from '../../src/cli/flags.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { errorCodes } from '../../src/errors.ts';
import { lintRules } from '../../src/lint/rules.ts';

const tables = [
  { head: '| code | meaning |', rows: errorRows() },
  { head: '| flag | verbs | meaning |', rows: flagRows() },
  { head: '| rule | severity | meaning |', rows: ruleRows() },
];

/** A text with the tables that the source decides as the source has them. */
export function withTables(markdown: string): string {
  return tables.reduce((text, { head, rows }) => {
    const at = text.indexOf(`${head}\n`);
    if (at < 0) throw new Error(`The table ${head} is missing.`);
    const end = text.indexOf('\n\n', at);
    const rule = `|${'---|'.repeat(head.split('|').length - 2)}`;
    return [text.slice(0, at), [head, rule, ...rows].join('\n'), text.slice(end)].join('');
  }, markdown);
}

function errorRows(): string[] {
  return Object.entries(errorCodes).map(([code, meaning]) => row(`\`${code}\``, meaning));
}

function ruleRows(): string[] {
  return Object.entries(lintRules).map(([rule, { severity, meaning }]) => row(`\`${rule}\``, severity, meaning));
}

function flagRows(): string[] {
  // Every name of the table is one of its keys.
  return (Object.keys(flagTable) as FlagName[]).map((name) => row(`\`${flagTable[name].flags}\``, verbsWith(name), meaningOf(name)));
}

function verbsWith(flag: FlagName): string {
  const having = verbs.filter(({ flags }) => flags.includes(flag));
  return having.length === verbs.length ? 'all' : having.map(({ name }) => name).join(', ');
}

function meaningOf(name: FlagName): string {
  const flag: { readonly help: string; readonly choices?: readonly string[] } = flagTable[name];
  return flag.choices ? `${flag.help}: ${flag.choices.join(', ')}` : flag.help;
}

/** A row of a Markdown table; an angle bracket outside of code would be taken for HTML. */
function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => (cell.startsWith('`') ? cell : cell.replaceAll('<', String.raw`\<`)).replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}
