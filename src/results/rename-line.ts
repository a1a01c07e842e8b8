const key = '"custom_id"';
const value = /^\s*:\s*"(?:[^"\\]|\\.)*"/;
/** Bytes that the value of an id may have; a longer one is looked for by parsing. */
const valueBytes = 4096;

/**
 * A result line with another `custom_id`. Nothing else of it changes, not even its spelling, where the key stands in the line once;
 * where it stands elsewhere too, or the id is no string, the line is parsed and printed again. Pure.
 */
export function renameLine(line: Buffer, customId: string): Buffer {
  const at = line.indexOf(key);
  const isOnce = at !== -1 && line.indexOf(key, at + 1) === -1;
  const from = at + key.length;
  const found = isOnce ? value.exec(line.toString('latin1', from, from + valueBytes)) : null;
  if (found !== null) return Buffer.concat([line.subarray(0, from), Buffer.from(`:${JSON.stringify(customId)}`), line.subarray(from + found[0].length)]);
  // It was read as a result line before: one JSON object.
  return Buffer.from(JSON.stringify({ ...(JSON.parse(line.toString().replace(/^\uFEFF/, '')) as object), custom_id: customId }));
}
