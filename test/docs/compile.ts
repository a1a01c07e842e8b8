import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, shell } from '../cli/shell.ts';

const compilerOptions = {
  target: 'es2022',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  rootDir: '.',
  outDir: 'out',
};

/** Programs of a user of the package, inside the repository, where `millrace` is the package that was built. */
export interface Programs {
  /** Where the compiled programs are. */
  readonly output: string;
  /** Compiles them; says what the compiler says. */
  compile(): Promise<string>;
  remove(): void;
}

/** Writes programs, by file name, into a folder of this name that git ignores. */
export function programsIn(name: string, texts: Readonly<Record<string, string>>, options: object = {}): Programs {
  const folder = join(root, `.snippets-${name}`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder);
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, include: ['*.ts'] }));
  const compile = async () => {
    const { code, stdout, stderr } = await shell(root, `node_modules/.bin/tsc -p '${folder}'`);
    return code === 0 ? stdout : `${stdout}${stderr}`;
  };
  return { output: join(folder, 'out'), compile, remove };
}
