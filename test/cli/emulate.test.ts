import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { folderWith, shell, type Ran } from './shell.ts';

/** Starts the emulator, does something with its addresses, presses Ctrl-C and resolves with what it said. */
async function emulated(folder: string, flags: string, use: (openai: string, anthropic: string, pressCtrlC: () => void) => Promise<void>): Promise<Ran> {
  let used: Promise<void> | undefined;
  const ran = await shell(folder, `exec millrace emulate --port 0 ${flags}`, {
    onStdout: (text, pressCtrlC) => {
      const [, openai, anthropic] = /OPENAI_BASE_URL=(.*)\nANTHROPIC_BASE_URL=(.*)\n/.exec(text) ?? [];
      if (openai !== undefined && anthropic !== undefined) used ??= use(openai, anthropic, pressCtrlC).finally(pressCtrlC);
    },
  });
  await used;
  return ran;
}

test.concurrent('prints its addresses, serves both APIs, and ends with Ctrl-C', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const ran = await emulated(folder, '--dir state', async (openai, anthropic) => {
    const ask = "reviews.csv --prompt '{{text}}' --id id --poll-interval 100ms --quiet -o -";
    const env = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: openai, ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: anthropic };
    const viaEnvironment = await shell(folder, `millrace run ${ask} --dir run1`, { env });
    expect(viaEnvironment).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(/\nc,Fine,succeeded,.*,c\n$/) });
    const viaFlag = await shell(folder, `millrace run ${ask} --provider anthropic --base-url ${anthropic} --dir run2`, { env: { ANTHROPIC_API_KEY: 'any' } });
    expect(viaFlag).toEqual({ code: 0, stderr: '', stdout: expect.stringMatching(/\nc,Fine,succeeded,.*claude.*,c\n$/) });
  });
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:(\d+)\/v1\nANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:\1\n$/);
  expect(ran.stderr).toMatch(/^State is kept in .*state\. Any API key will do\. Ctrl-C to stop\.\n/);
  expect(readdirSync(join(folder, 'state/batches'))).toHaveLength(1);
  expect(readdirSync(join(folder, 'state/message-batches')).length).toBeGreaterThan(0);
});

test.concurrent('a port in use is named; quiet, it prints the addresses alone', async () => {
  const folder = folderWith({});
  const ran = await emulated(folder, '--quiet', async (_openai, anthropic) => {
    const { port } = new URL(anthropic);
    const second = await shell(folder, `millrace emulate --port ${port}`);
    expect(second).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^millrace: The emulator cannot listen on 127\\.0\\.0\\.1:${port}: .*\\[invalid_option\\]\n$`)) });
  });
  expect(ran.code).toBe(0);
  expect(ran.stderr).not.toContain('State is kept');
});

test.concurrent('an API key is in no file of a run', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  await emulated(folder, '', async (openai) => {
    const ran = await shell(folder, "millrace run reviews.csv --prompt '{{text}}' --dir run -o out.csv --poll-interval 100ms", { env: { OPENAI_API_KEY: 'sk-very-secret-7', OPENAI_BASE_URL: openai } });
    expect(ran.code).toBe(0);
    expect(ran.stderr).not.toContain('sk-very-secret-7');
  });
  const kept = readdirSync(join(folder, 'run'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
  expect(kept).toContain('ledger.sqlite');
  for (const name of kept) if (existsSync(join(folder, 'run', name))) expect(readFileSync(join(folder, 'run', name), 'latin1')).not.toContain('sk-very-secret-7');
});
