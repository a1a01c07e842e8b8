import Anthropic from '@anthropic-ai/sdk';
import { fetchFrom, readAll } from '../reading.ts';

// anthropic-sdk-read OUTPUT|- FILE...: results as the decoder of the SDK gives them, from JSON.parse.

await readAll(
  (path) => new Anthropic({ apiKey: 'none', maxRetries: 0, fetch: fetchFrom(path) }).messages.batches.results('msgbatch_1'),
  ({ custom_id: id, result }) => {
    const [block] = result.type === 'succeeded' ? result.message.content : [];
    return { id, text: block?.type === 'text' ? block.text : undefined, outputTokens: result.type === 'succeeded' ? result.message.usage.output_tokens : undefined };
  },
);
