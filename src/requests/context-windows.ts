/**
 * Tokens that the families of models can hold, question and answer together, for a warning before it is too late. Compiled
 * 2026-11-22 from the providers' model pages; the first pattern that matches counts, and a model none knows is not judged.
 */
const windows: readonly (readonly [RegExp, number])[] = [
  [/^text-embedding-/, 8192],
  [/^gpt-3\.5-turbo-instruct\b/, 4096],
  [/^(ft:)?gpt-3\.5/, 16_385],
  [/^(ft:)?gpt-4\.1/, 1_047_576],
  [/^(ft:)?(gpt-4o|gpt-4-turbo|chatgpt-4o)/, 128_000],
  [/^(ft:)?gpt-5(\.[0-3])?(?![\d.])|^gpt-5\.\d+-(mini|nano)/, 400_000],
  [/^gpt-5\.\d+/, 1_050_000],
  [/^o[134](-|$)/, 200_000],
  [/^claude-([23]|(haiku|sonnet|opus)-4(-[0-5])?(-\d{8})?$)/, 200_000],
  [/^claude-/, 1_000_000],
];

/** The context window of a model in tokens, if it is known. */
export function contextWindowOf(model: string): number | undefined {
  return windows.find(([pattern]) => pattern.test(model))?.[1];
}
