import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

test.concurrent('it serves the runs of a folder until Ctrl-C, with no key; the address is nobody else’s to see', async () => {
  const folder = folderWith({ 'reviews.csv': reviews, 'bin/xdg-open': '#!/bin/sh\necho "$1" > opened\n' });
  await shell(folder, "chmod +x bin/xdg-open && millrace run reviews.csv --emulate --prompt '{{text}}' --id id --dir runs/one -o out.csv --quiet");
  const seen: Promise<readonly unknown[]>[] = [];
  const look = async (url: string) => {
    const { origin, hash } = new URL(url);
    const answer = await fetch(`${origin}/api/runs/one`, { headers: { authorization: `Bearer ${hash.slice('#token='.length)}` } });
    const opened = readFileSync(join(folder, 'opened'), 'utf8').trim();
    return [answer.status, await answer.json(), statSync(opened).mode & 0o777, readFileSync(opened, 'utf8').includes(url)] as const;
  };
  const served = await shell(folder, 'PATH="$PWD/bin:$PATH" exec millrace ui --open', {
    onStderr: (text, pressCtrlC) => {
      if (!text.includes('Ctrl-C to stop')) return;
      if (seen.length > 0) return;
      seen.push(waitForFile(join(folder, 'opened')).then((file) => look(/url=([^"]+)/.exec(file)?.[1] ?? '')));
      void Promise.allSettled(seen).then(pressCtrlC);
    },
  });
  expect((await Promise.all(seen))[0]).toEqual([200, expect.objectContaining({ name: 'one', report: expect.objectContaining({ records: 3 }) }), 0o600, true]);
  expect(served).toMatchObject({ code: 0, stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/) });
  // The file that led there is gone.
  expect(() => statSync(readFileSync(join(folder, 'opened'), 'utf8').trim())).toThrow();
});

/** The file that a path in another one names, as soon as it is there. */
function waitForFile(path: string): Promise<string> {
  return vi.waitFor(() => readFileSync(readFileSync(path, 'utf8').trim(), 'utf8'), { timeout: 20_000 });
}

golden([{ title: 'a port that is none', command: 'millrace ui --port 70000', code: 2, stderr: /argument '70000' is invalid\. Expected a port from 0 to 65535\./ }]);
