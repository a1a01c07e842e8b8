// What a job would come to before anything is sent, and a budget that is surely enough for it. Needs no key.
import { chat, describeEstimate, estimate } from 'millrace';
import { openai } from 'millrace/openai';

const reviews = Array.from({ length: 1000 }, (_none, index) => ({ id: `r${index}`, text: 'The ferry left half an hour late; nobody complained.' }));

const found = await estimate({
  source: reviews,
  provider: openai({ apiKey: 'none is needed' }),
  customId: 'id',
  request: chat({ model: 'gpt-5-mini', maxTokens: 50, prompt: 'Positive or negative? {{text}}' }),
  // Prices come along; these are fixed, so that this example always prints the same.
  prices: { batchFactor: 0.5, models: { 'gpt-5-mini': { input: 0.25, output: 2 } } },
});
console.log(describeEstimate(found));
console.log(`budget: $${found.budgetUsd?.toFixed(2)}`);
