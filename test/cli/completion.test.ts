import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { flagTable } from '../../src/cli/flags.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { folderWith, shell } from './shell.ts';

const folder = folderWith({ 'reviews.csv': '' });

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What bash offers after these words, the last of which is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `. ./completion.bash; COMP_WORDS=(${list}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, code } = await shell(folder, `millrace completion bash > completion.bash && bash --norc --noprofile -c "$SCRIPT"`, { env: { SCRIPT: script } });
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

test.skipIf(!has('bash'))('bash: verbs, flags, choices, and paths where none of them can stand', async () => {
  expect(await offered('millrace', 'est')).toEqual(['estimate']);
  expect((await offered('millrace', '')).toSorted()).toEqual([...verbs.map(({ name }) => name), '--help', '--version'].toSorted());
  expect(await offered('millrace', 'run', 'x.csv', '--max-t')).toEqual(['--max-tokens']);
  expect(await offered('millrace', 'run', '--provider', '')).toEqual(['openai', 'anthropic']);
  expect(await offered('millrace', 'runs', '--state', 'wa')).toEqual(['waiting']);
  expect(await offered('millrace', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await offered('millrace', 'runs', 'f')).toEqual(['forget']);
  expect(await offered('millrace', 'run', '--prompt', '')).toEqual([]);
  expect(await offered('millrace', 'run', 're')).toEqual([]);
  expect(await offered('millrace', 'join', '--bud')).toEqual([]);
});

test.for(['bash', 'zsh', 'fish'])('%s: every verb and every flag is in the script, which the shell can read', async (name, { skip }) => {
  const { stdout, code } = await shell(folder, `millrace completion ${name}`);
  expect(code).toBe(0);
  const longs = [...new Set(verbs.flatMap(({ flags }) => flags.map((flag) => /--([a-z-]+)/.exec(flagTable[flag].flags)?.[1] ?? '')))];
  const dash = name === 'fish' ? '-l ' : '--';
  for (const long of longs) expect(stdout).toContain(`${dash}${long}`);
  for (const verb of verbs) expect(stdout).toContain(verb.name);
  if (!has(name)) skip(`${name} is not installed here: its script was not read by it`);
  expect(await shell(folder, `millrace completion ${name} > script && ${name} -n script`)).toMatchObject({ code: 0, stderr: '' });
});
