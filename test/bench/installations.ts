import { spawnSync } from 'node:child_process';
import { root } from './paths.ts';
import type { Absence } from './race.ts';

/** The interpreter of the peers in Python. */
interface Python {
  /** The program itself, not a script that looks for it. */
  readonly file: string;
  readonly version: string;
  /** Whether it was built with optimizations, which makes it 16 to 25 % faster. */
  readonly isOptimized: boolean;
}

/** What of the peers is there. */
export class Installations {
  readonly #node: string;
  readonly #python: string;
  readonly #known = new Map<string, boolean>();
  /** The Python; `undefined` if there is none. */
  readonly python: Python | undefined;

  constructor(node: string, python: string) {
    this.#node = node;
    this.#python = python;
    this.python = this.#askPython();
  }

  pythonAbsence(): Absence | undefined {
    return this.python === undefined ? { reason: 'not installed', detail: `${this.#python} does not run` } : undefined;
  }

  /** Whether packages load. @param install the command that installs it */
  packages(names: readonly string[], install = 'npm ci'): Absence | undefined {
    const missing = names.find((name) => !this.#remember(name, () => succeeds(this.#node, ['--input-type=module', '-e', `await import('${name}')`])));
    return missing === undefined ? undefined : { reason: 'not installed', detail: `${missing} does not load; try ${install}` };
  }

  /** Whether the command line of millrace knows a flag; it ends with 2 where not. */
  flag(verb: string, flag: string, value: string): Absence | undefined {
    const isKnown = this.#remember(`${verb} ${flag}`, () => {
      const { status, stderr } = spawnSync(this.#node, [`${root}/dist/cli/main.js`, verb, flag, value], { encoding: 'utf8' });
      return !(status === 2 && stderr.includes('unknown option'));
    });
    return isKnown ? undefined : { reason: 'not supported', detail: `millrace ${verb} has no ${flag}` };
  }

  #remember(key: string, look: () => boolean): boolean {
    const isThere = this.#known.get(key) ?? look();
    this.#known.set(key, isThere);
    return isThere;
  }

  #askPython(): Python | undefined {
    const question = 'import platform, sys, sysconfig; print(sys.executable); print(platform.python_version()); print(sysconfig.get_config_var("CONFIG_ARGS") or "")';
    const { status, stdout } = spawnSync(this.#python, ['-c', question], { encoding: 'utf8' });
    if (status !== 0) return undefined;
    const [file = this.#python, version = '', built = ''] = stdout.split('\n');
    return { file, version, isOptimized: built.includes('--enable-optimizations') };
  }
}

function succeeds(file: string, parameters: readonly string[]): boolean {
  return spawnSync(file, parameters, { cwd: root, stdio: 'ignore' }).status === 0;
}
