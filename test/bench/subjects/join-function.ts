import { pipeline } from 'node:stream/promises';
import { importLibrary } from './library.ts';

// join-function SOURCE OUTPUT RESULTS...: records joined with results, with columns made by functions of the user.

const { join, readRecords, select, writeRecords } = await importLibrary();
const [, , source = '', output = '', ...results] = process.argv;
await pipeline(
  readRecords(source),
  join({ results, customId: 'id' }),
  select({
    answer: ({ text }) => text ?? '',
    kind: ({ text }) => (text?.startsWith('{') === true ? 'json' : 'prose'),
    tokens: ({ usage }) => (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0),
    usable: ({ status }) => (status === 'succeeded' ? 'yes' : 'no'),
  }),
  writeRecords(output),
);
