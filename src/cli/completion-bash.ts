import type { CompletedFlag, CompletedVerb } from './completion-words.ts';

/** The completion script for bash. Where it offers nothing, bash completes paths. */
export function bashScript(verbs: readonly CompletedVerb[]): string {
  const flags = verbs.flatMap((verb) => verb.flags);
  return `# Completion of millrace for bash: source <(millrace completion bash)
_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...verbs.map(({ name }) => name), '--help', '--version'].join(' ')}" -- "$current"))
    return
  fi
  case "$previous" in
${valueCases(flags)}
  esac
  case "$verb" in
${verbs.map((verb) => `    ${verb.name}) words="${[...verb.flags.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]), '--help'].join(' ')}" ;;`).join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "$verb" in
${verbs.filter(({ words }) => words.length > 0).map(({ name, words }) => `      ${name}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")) ;;`).join('\n')}
    esac
  fi
}
complete -o default -F _millrace millrace
`;
}

/** What may follow a flag: one of its choices, or whatever the user types. */
function valueCases(flags: readonly CompletedFlag[]): string {
  const taking = flags.filter(({ value }) => value !== undefined);
  const choices = new Map(taking.filter((flag) => flag.choices.length > 0).map((flag) => [flag.long, flag.choices]));
  const free = new Set(taking.filter(({ long }) => !choices.has(long)).flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]));
  return [...[...choices].map(([long, words]) => `    ${long}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")); return ;;`), `    ${[...free].join('|')}) return ;;`].join('\n');
}
