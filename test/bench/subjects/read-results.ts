import { createReadStream } from 'node:fs';
import { readAll } from '../reading.ts';
import { importLibrary } from './library.ts';

// read-results OUTPUT|- FILE...: results as objects of the library.

const { parseResults } = await importLibrary();
await readAll(
  (path) => createReadStream(path).pipe(parseResults({ fileName: path })),
  (result) => ({ id: result.customId, text: result.kind === 'answered' ? result.answer.text : undefined, outputTokens: result.kind === 'answered' ? result.answer.usage?.outputTokens : undefined }),
);
