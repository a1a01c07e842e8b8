/** Request lines begin with their id, whatever the provider; the rest of the line need not be read for it. */
const leadingId = /^\{"custom_id":("(?:[^"\\]|\\.)*")/;

/** The id on the wire of a request line. */
export function customIdIn(line: string): string {
  // A request line is one JSON object with an id, written by `formatRequest`.
  const id = leadingId.exec(line)?.[1];
  if (id === undefined) return (JSON.parse(line) as { custom_id: string }).custom_id;
  return id.includes('\\') ? (JSON.parse(id) as string) : id.slice(1, -1);
}
