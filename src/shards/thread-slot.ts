/** Rows that a table has room for at first. */
const firstRows = 4096;
const wordsPerRow = 7;

/**
 * The memory in which a chunk goes to another thread and its lines come back. It is shared and used again and again, because buffers that are
 * handed over would each be new, and cost more in page faults and garbage than the lines do.
 */
export interface ThreadSlot {
  readonly input: SharedArrayBuffer;
  readonly output: SharedArrayBuffer;
  readonly table: SharedArrayBuffer;
}

/** Where a source is read to in the input of a slot, and how much at a time: fewer messages, fewer threads that wake each other. */
export const readTo = { from: 64 * 1024, bytes: 512 * 1024 } as const;

export function newSlot(): ThreadSlot {
  return { input: new SharedArrayBuffer(readTo.from + readTo.bytes), output: new SharedArrayBuffer(1536 * 1024), table: new SharedArrayBuffer(firstRows * wordsPerRow * 4 + 4) };
}

/** Shared memory of at least this many bytes: the same, if it is large enough, else new with the same content. */
export function atLeast(memory: SharedArrayBuffer, bytes: number): SharedArrayBuffer {
  if (memory.byteLength >= bytes) return memory;
  const larger = new SharedArrayBuffer(Math.max(bytes, memory.byteLength * 2));
  new Uint8Array(larger).set(new Uint8Array(memory));
  return larger;
}

/** The arrays in the table of a slot: one element for each row, of `offsets` one more, of `hashes` three. */
export class RowTable {
  readonly memory: SharedArrayBuffer;
  readonly capacity: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly lines: Int32Array;
  readonly offsets: Int32Array;
  readonly hashes: Uint32Array;

  constructor(memory: SharedArrayBuffer) {
    const capacity = Math.floor((memory.byteLength / 4 - 1) / wordsPerRow);
    this.memory = memory;
    this.capacity = capacity;
    this.starts = new Int32Array(memory, 0, capacity);
    this.ends = new Int32Array(memory, capacity * 4, capacity);
    this.lines = new Int32Array(memory, capacity * 8, capacity);
    this.offsets = new Int32Array(memory, capacity * 12, capacity + 1);
    this.hashes = new Uint32Array(memory, capacity * 16 + 4, capacity * 3);
  }

  /** A table with room for more rows, and with those that are in this one. */
  grown(rows: number): RowTable {
    const larger = new RowTable(new SharedArrayBuffer(Math.max(rows, this.capacity * 4) * wordsPerRow * 4 + 4));
    larger.starts.set(this.starts);
    larger.ends.set(this.ends);
    larger.lines.set(this.lines);
    larger.offsets.set(this.offsets);
    larger.hashes.set(this.hashes);
    return larger;
  }
}
