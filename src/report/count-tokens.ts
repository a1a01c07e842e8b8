import { piecesOf } from './text-pieces.ts';

/** The encodings of OpenAI's models. */
export type EncodingName = 'o200k_base' | 'cl100k_base';

/** Counts the tokens of one piece of text. */
export type CountPiece = (text: string) => number;

/** The encoding of a model; `undefined` for models of others, whose tokens these tables do not know. */
export function encodingOf(model: string): EncodingName | undefined {
  if (/^(ft:)?(gpt-3\.5|gpt-4(?![o.\d])|text-embedding-)/.test(model)) return 'cl100k_base';
  return /^(ft:)?(gpt-|chatgpt-|o\d|omni-)/.test(model) ? 'o200k_base' : undefined;
}

/** Counts texts in short pieces, so that no word takes more than milliseconds. */
export function countTexts(texts: readonly string[], count: CountPiece): number {
  let tokens = 0;
  for (const text of texts) for (const piece of piecesOf(text)) tokens += count(piece);
  return tokens;
}

/** Loads an encoding of `gpt-tokenizer`. What looks like a special token in a text is text. */
export async function loadEncoding(name: EncodingName): Promise<CountPiece> {
  const { countTokens } = name === 'o200k_base' ? await import('gpt-tokenizer/encoding/o200k_base') : await import('gpt-tokenizer/encoding/cl100k_base');
  const asText = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, asText);
}
