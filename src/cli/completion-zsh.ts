import { isPath, type CompletedFlag, type CompletedVerb } from './completion-words.ts';

/** The completion script for zsh, for a file `_millrace` on fpath, or to be sourced. */
export function zshScript(verbs: readonly CompletedVerb[]): string {
  return `#compdef millrace
# Completion of millrace for zsh: millrace completion zsh > a folder of fpath, as _millrace
_millrace() {
  local -a verbs
  verbs=(
${verbs.map(({ name, summary }) => `    ${quote(`${name}:${escapeColons(summary)}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
${verbs.map(verbCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_millrace" ]; then _millrace "$@"; else compdef _millrace millrace; fi
`;
}

function verbCase({ name, flags, words }: CompletedVerb): string {
  const first = words.length > 0 ? quote(`1:word:(${words.join(' ')})`) : quote('1:path:_files');
  return `    ${name}) _arguments ${[...flags.flatMap(specs), first, quote('*:path:_files')].join(' \\\n      ')} ;;`;
}

/** As _arguments has it: `--output[help]:file:_files`. */
function specs({ long, short, help, value, choices, isRepeatable, ...flag }: CompletedFlag): string[] {
  const action = choices.length > 0 ? `(${choices.join(' ')})` : isPath({ long, help, choices, isRepeatable, ...(value === undefined ? {} : { value }), ...flag }) ? '_files' : '';
  const rest = `[${help.replaceAll(/[[\]\\]/g, String.raw`\$&`)}]${value === undefined ? '' : `:${escapeColons(value)}:${action}`}`;
  return [long, ...(short === undefined ? [] : [short])].map((name) => quote(`${isRepeatable ? '*' : ''}${name}${rest}`));
}

function escapeColons(text: string): string {
  return text.replaceAll(':', String.raw`\:`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
