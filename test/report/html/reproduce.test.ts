import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, chat, readReportPage } from '../../../src/index.ts';
import { reproduce } from '../../../src/report/html/reproduce.ts';
import { connect, temporary } from '../../run/setting.ts';

/** The page data of a run that was built, and not sent. */
async function built() {
  const source = join(temporary(), 'reviews.csv');
  writeFileSync(source, 'id,text\na,fine\n');
  const directory = join(temporary(), 'run');
  const provider = connect('openai', 'http://127.0.0.1:9');
  await build({ source, customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'Good? {{text}}' }), directory, provider });
  return { data: await readReportPage(directory, { provider }), directory };
}

describe('the command of a page', () => {
  test.each([
    { title: 'an emulated run stays emulated', provider: 'openai', account: 'emulator', flags: '--provider openai --emulate' },
    { title: 'of Anthropic as well', provider: 'anthropic', account: 'emulator', flags: '--provider anthropic --emulate' },
    { title: 'a run elsewhere stays there', provider: 'openai', account: 'http://localhost:8000/v1 org-1', flags: '--provider openai --base-url http://localhost:8000/v1' },
    { title: 'the address of another provider is not its own', provider: 'anthropic', account: 'https://api.openai.com/v1', flags: '--provider anthropic --base-url https://api.openai.com/v1' },
    { title: 'its own address goes without saying', provider: 'openai', account: 'https://api.openai.com/v1 org-1', flags: '--provider openai' },
  ])('$title', async ({ provider, account, flags }) => {
    const { data, directory } = await built();
    const text = reproduce({ ...data, status: { ...data.status, provider, account } });
    expect(text).toContain(`millrace run reviews.csv ${flags} --dir ${directory} --model gpt-5-mini --prompt`);
  });

  test.each([
    { title: 'a provider that the command line does not have', provider: 'own', account: 'http://localhost:1' },
    { title: 'an account without an address', provider: 'openai', account: 'somewhere' },
  ])('is left out of $title', async ({ provider, account }) => {
    const { data } = await built();
    expect(reproduce({ ...data, status: { ...data.status, provider, account } })).not.toContain('millrace run');
  });
});
