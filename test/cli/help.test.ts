import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flagTable, type FlagName } from '../../src/cli/flags.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { folderWith, root, shell } from './shell.ts';

const folder = folderWith({});
/** Help text without the line breaks that the width of the terminal makes. */
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
const nameOf = (flag: FlagName) => /--[a-z-]+/.exec(flagTable[flag].flags)?.[0] ?? '';

test.concurrent('the program names every verb', async () => {
  const { code, stdout, stderr } = await shell(folder, 'millrace --help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const { name, summary } of verbs) expect(flat(stdout)).toContain(` ${name} ${summary} `);
});

test.concurrent('without a verb it says how to begin', async () => {
  const { code, stdout, stderr } = await shell(folder, 'millrace');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^millrace runs records[^]*\$ millrace run reviews\.csv --emulate/);
});

test.concurrent('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await shell(folder, 'millrace --version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe.concurrent.each(verbs)('$name --help', ({ name, flags, examples, summary, argument, moreArguments = [] }) => {
  test('shows every flag with its meaning, the argument and the examples', async () => {
    const { code, stdout, stderr } = await shell(folder, `millrace ${name} --help`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(flat(stdout)).toContain(summary);
    for (const { name: word, help } of argument ? [argument, ...moreArguments] : []) expect(flat(stdout)).toContain(`${word} ${help}`);
    for (const flag of flags) expect(flat(stdout)).toContain(`${flagTable[flag].flags} ${flagTable[flag].help}`);
    for (const example of examples) expect(stdout).toContain(`  $ ${example}\n`);
  });

  test('its examples use flags that the verb has', () => {
    const known = new Set(flags.map(nameOf));
    expect(examples.length).toBeGreaterThan(0);
    const own = examples.filter((example) => example.includes(`millrace ${name} `));
    const used = own.flatMap((example) => example.match(/ --[a-z-]+/g) ?? []).map((flag) => flag.trim());
    expect(used.filter((flag) => !known.has(flag))).toEqual([]);
  });
});

test('no flag is in the table and with no verb', () => {
  const used = new Set<string>(verbs.flatMap(({ flags }) => [...flags]));
  expect(Object.keys(flagTable).filter((flag) => !used.has(flag))).toEqual([]);
});
