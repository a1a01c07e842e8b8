import { expect, test } from 'vitest';
import { root, shell } from '../cli/shell.ts';

test('importing millrace loads no schema compiler; the first JSON Schema does', async () => {
  const program = `
    import { createRequire } from 'node:module';
    import { chat } from 'millrace';
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/ajv/'));
    const before = loaded();
    chat({ model: 'gpt-5-mini', prompt: 'x', schema: { type: 'object', properties: {}, additionalProperties: false } });
    console.log(before, loaded());`;
  expect(await shell(root, `node --input-type=module -e '${program.replaceAll("'", String.raw`'\''`)}'`)).toEqual({ code: 0, stdout: 'false true\n', stderr: '' });
});
