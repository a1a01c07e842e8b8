/** Levels of nesting beyond which a JSON text is not read: it could be parsed, but writing it again would exhaust the stack. */
export const maxNesting = 1000;

/** What is wrong with a text that {@link isTooDeep}, as the end of a message. */
export const tooDeep = `is nested more than ${maxNesting} levels deep`;

/** True if a value, parsed from this JSON text, is nested deeper than `maxNesting`. */
export function isTooDeep(text: string, value: unknown): boolean {
  return hasManyBrackets(text) && isDeeper(value, maxNesting);
}

/** Far cheaper than a walk through the value, and the answer for nearly every text is no. */
function hasManyBrackets(text: string): boolean {
  if (text.length <= maxNesting) return false;
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1 && count <= maxNesting; at = text.indexOf(bracket, at + 1)) count += 1;
  }
  return count > maxNesting;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
