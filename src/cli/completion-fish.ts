import { isPath, type CompletedFlag, type CompletedVerb } from './completion-words.ts';

/** The completion script for fish. */
export function fishScript(verbs: readonly CompletedVerb[]): string {
  return `# Completion of millrace for fish: millrace completion fish > ~/.config/fish/completions/millrace.fish
${verbs.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ name, summary, flags, words }: CompletedVerb): string[] {
  const within = `complete -c millrace -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `complete -c millrace -f -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...(words.length > 0 ? [`${within} -f -a ${quote(words.join(' '))}`] : []),
    ...flags.map((flag) => `${within} ${optionOf(flag)}`),
  ];
}

function optionOf(flag: CompletedFlag): string {
  const { long, short, help, value, choices } = flag;
  const values = value === undefined ? '' : choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : isPath(flag) ? ' -r -F' : ' -x';
  return `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}${values} -d ${quote(help)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
