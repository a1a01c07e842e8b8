/** A golden case: a file that says what is run and holds what must come of it. */
export interface CaseFile {
  /** The lines above what must come of it, as they stand. */
  readonly input: string;
  /** What is done before, in the same shell, its output dropped. */
  readonly setup: string;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** What a command came to. */
interface Came {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Reads a case. `$ ` begins the command, `% ` a line of its setup, `NAME=value` a variable of its environment, `# ` says what it shows;
 * `--- file NAME` begins a file of its folder, `--- code` what must come of it.
 */
export function readCase(text: string): CaseFile {
  const [input = ''] = text.split(/^--- code$/m);
  const [head = '', ...parts] = input.split(/^--- file (?=\S+$)/m);
  const lines = head.split('\n');
  const after = (prefix: string) => lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  const files = parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const);
  const env = lines.flatMap((line) => (/^[A-Z_]+=/.test(line) ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const] : []));
  return { input, setup: after('% ').join('\n'), command: after('$ ').join('\n'), env: Object.fromEntries(env), files: Object.fromEntries(files) };
}

/** The case as it must stand after such an end. */
export function writeCase({ input }: CaseFile, { code, stdout, stderr }: Came): string {
  return `${input}--- code\n${code}\n--- stdout\n${stdout}--- stderr\n${stderr}`;
}

/** Text in which times, temporary paths, ports and ids are the same in every run; an id keeps its number. */
export function normalized(text: string, folder: string): string {
  const seen = new Map<string, string>();
  const numbered = (kind: string) => (id: string) => {
    const name = seen.get(id) ?? `${kind}${[...seen.values()].filter((one) => one.startsWith(kind)).length + 1}`;
    seen.set(id, name);
    return name;
  };
  return text
    .replaceAll(folder, 'FOLDER')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, numbered('uuid-'))
    .replaceAll(/\bmsgbatch_01\w{22}\b/g, numbered('msgbatch_'))
    .replaceAll(/\bbatch_[0-9a-f]{32}\b/g, numbered('batch_'))
    .replaceAll(/\bfile-\w{22}\b/g, numbered('file-'))
    .replaceAll(/\brequest (?:[0-9a-f]{32}|req_\w+)/g, 'request ID')
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d\.\d+)?Z/g, 'TIME')
    .replaceAll(/(?<=At": ?|Until": ?)\d{13}\b/g, '0')
    .replaceAll(/(?<= )(?: \d|\d\d)s(?=\s)/g, ' 1s');
}
