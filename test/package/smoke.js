// Packs the package, installs it in an empty project as a user would, imports every entry point and runs the command.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'millrace-smoke-'));
const inProject = (command, ...parameters) => execFileSync(command, parameters, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: root, encoding: 'utf8' }).trim();
  writeFileSync(join(directory, 'package.json'), '{"private":true,"type":"module"}');
  inProject('npm', 'install', '--silent', '--no-audit', '--no-fund', join(directory, packed));
  const { exports, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json')).map((entry) => entry.replace(/^\./, 'millrace'));
  for (const entry of entries) {
    const names = inProject(process.execPath, '-e', `import('${entry}').then((module) => console.log(Object.keys(module).length))`);
    if (!(Number(names) > 0)) throw new Error(`${entry} exports nothing`);
  }
  const bin = join(directory, 'node_modules/.bin/millrace');
  if (inProject(bin, '--version').trim() !== version) throw new Error('millrace --version does not say the version of the package');
  writeFileSync(join(directory, 'in.csv'), 'id,text\na,hello\nb,world\n');
  inProject(bin, 'run', 'in.csv', '--emulate', '--id', 'id', '--prompt', 'Say {{text}}', '-o', 'out.csv', '--quiet');
  const lines = readFileSync(join(directory, 'out.csv'), 'utf8').trimEnd().split('\n');
  if (lines.length !== 3 || !lines[1]?.startsWith('a,hello,succeeded,')) throw new Error(`the installed command wrote ${lines.join('\n')}`);
  console.log(`${entries.length} entry points import, the command runs.`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
