/** The name that differs least from a mistyped one, if any is near enough to be meant. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(text.length / 3));
  const scored = names.map((name) => ({ name, distance: editDistance(text.toLowerCase(), name.trim().toLowerCase()) }));
  return scored.filter(({ distance }) => distance <= limit).sort((a, b) => a.distance - b.distance)[0]?.name;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
