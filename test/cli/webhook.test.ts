import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

const build = "millrace build reviews.csv --emulate --prompt '{{text}}' --id id --dir run --quiet";

test.concurrent('a wait takes webhooks meanwhile, and ends with them as without', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  await shell(folder, `${build} && millrace submit run --quiet --speed 1`);
  const answers: Promise<number>[] = [];
  const deliver = async (url: string, secret: string) => {
    const [id, timestamp, body] = [`wh_${secret}`, String(Math.floor(Date.now() / 1000)), '{"type":"batch.completed","data":{"id":"batch_unknown"}}'];
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return (await fetch(url, { method: 'POST', body, headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } })).status;
  };
  const waited = await shell(folder, 'exec millrace wait run --webhook-port 0 --speed 1', {
    env: { OPENAI_WEBHOOK_SECRET: `whsec_${Buffer.from('secret').toString('base64')}` },
    onStderr: (text, pressCtrlC) => {
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(text) ?? [];
      if (url === undefined || answers.length > 0) return;
      answers.push(deliver(url, 'secret'), deliver(url, 'another'));
      void Promise.allSettled(answers).then(pressCtrlC);
    },
  });
  expect(await Promise.all(answers)).toEqual([204, 400]);
  expect(waited).toMatchObject({ code: 130, stderr: expect.stringMatching(/^webhooks: http:\/\/127\.0\.0\.1:\d+\/\n/) });
});

golden([
  {
    title: 'no secret',
    files: { 'reviews.csv': reviews },
    command: `${build} && millrace wait run --webhook-port 0`,
    code: 2,
    stderr: 'millrace: --webhook-port needs the signing secret of the webhook in OPENAI_WEBHOOK_SECRET: it begins with whsec_. [invalid_option]\n',
  },
  {
    title: 'a provider without webhooks',
    files: { 'reviews.csv': reviews },
    command: `${build} --provider anthropic && millrace wait run --webhook-port 0`,
    code: 2,
    stderr: 'millrace: --webhook-port is for OpenAI: anthropic sends no events about batches. [invalid_option]\n',
  },
]);
