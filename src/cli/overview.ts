import type { Verb } from './verb.ts';
import { verbs } from './verbs.ts';

/** Columns of the overview: its left side, and where lines break. */
const width = { name: 12, line: 100 };

/** What `millrace --help` says: the verbs, by what they are about. Made from the table alone, so that it is there at once. */
export function overview(): string {
  return [
    'Usage: millrace [options] [command]',
    '',
    'Runs records through the LLM providers’ Batch APIs and joins every result back to its record.',
    '',
    'Commands:',
    ...verbs.flatMap(describeVerb),
    '',
    'Options:',
    '  -V, --version  print the version',
    '  -h, --help     this overview; after a command, its flags and examples',
    '',
    'Begin with:',
    "  $ millrace run reviews.csv --emulate --prompt 'Classify: {{text}}' -o out.csv   # no key, no cost",
    '  $ millrace runs                                                                 # what there is, and what waits',
    '',
  ].join('\n');
}

function describeVerb({ name, summary }: Verb): string[] {
  return wrap(summary, width.line - width.name - 2).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width.name)}${line}`);
}

/** A text in lines of a width, broken at spaces. */
function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length < columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
