import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findRuns } from '../../src/dashboard/run-list.ts';
import { addRun, forgetRun, listRuns } from '../../src/index.ts';
import { ask, startStage, type Stage } from './setting.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

test('the page has the runs that `millrace runs` lists: added ones as well, and none that was forgotten or is in a hidden folder', async () => {
  const { root } = stage;
  await stage.build('reviews');
  await stage.build('old');
  await stage.build('.hidden');
  const elsewhere = await stage.build(join('..', 'elsewhere'));
  await addRun(root, elsewhere);
  await forgetRun(root, 'old', await listRuns(root));
  const listed = (await listRuns(root)).map(({ name }) => name).toSorted();
  expect((await findRuns(root)).map(({ name }) => name).toSorted()).toEqual(listed);
  expect(listed).toHaveLength(2);
  const added = listed.find((name) => name !== 'reviews') ?? '';
  const { port } = stage.dashboard;
  const headers = { authorization: `Bearer ${stage.token}`, origin: `http://127.0.0.1:${port}` };
  const detail = await ask(port, `/api/runs/${encodeURIComponent(added)}`, { headers });
  expect(JSON.parse(detail.body)).toMatchObject({ name: added, status: { records: 3 } });
});

test('a registry that is damaged hides no run', async () => {
  await writeFile(join(stage.root, 'runs.json'), '{');
  expect((await findRuns(stage.root)).map(({ name }) => name)).toEqual(['old', 'reviews']);
});
