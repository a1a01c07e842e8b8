import { request } from '../request.ts';
import { importLibrary } from './library.ts';

// build-function SOURCE FOLDER: request files from records, the prompt made by a function of the user.

const { buildFiles, chat, openaiLimits } = await importLibrary();
const [, , source = '', directory = ''] = process.argv;
const { model, system, maxTokens } = request;
await buildFiles({
  source,
  customId: 'id',
  request: chat({ model, system, maxTokens, prompt: (record) => `Title: ${String(record['title'])}\n\nReview: ${String(record['text'])}` }),
  directory,
  limits: openaiLimits,
});
