/**
 * A little of WebAssembly, spelled as functions, because it is the one way to look at many bytes at a time. An expression is the code that
 * leaves its value on the stack: those of its operands, then its own. Names end in the type of what is worked on; `Bytes` are 16 at once.
 * The numbers are those of the specification, https://webassembly.github.io/spec/core/binary/instructions.html.
 */
export type Code = readonly number[];

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

/** The value of a local. */
export const get = (local: number): Code => [0x20, local];
/** Gives a local a value; leaves none. */
export const set = (local: number, value: Code): Code => [...value, 0x21, local];

/** A constant. */
export const number32 = (value: number): Code => [0x41, ...signed(value)];
/** A sum. */
export const add32 = (one: Code, other: Code): Code => [...one, ...other, 0x6a];
/** 1 if one is above the other, as numbers without a sign, else 0. */
export const isAbove32 = (one: Code, other: Code): Code => [...one, ...other, 0x4b];

/** A constant; a negative one stands for its bits. */
export const number64 = (value: number): Code => [0x42, ...signed(value)];
/** 1 if one is not the other, else 0. */
export const isOther64 = (one: Code, other: Code): Code => [...one, ...other, 0x52];
/** The bits that both have. */
export const and64 = (one: Code, other: Code): Code => [...one, ...other, 0x83];
/** The bits that any of them has. */
export const or64 = (first: Code, ...others: Code[]): Code => [first, ...others].reduce((all, one) => [...all, ...one, 0x84]);
/** The bits that one of both has. */
export const xor64 = (one: Code, other: Code): Code => [...one, ...other, 0x85];
/** The bits that it has not. */
export const not64 = (value: Code): Code => xor64(value, number64(-1));
/** Its bits moved up. */
export const shiftLeft64 = (value: Code, bits: number): Code => [...value, ...number64(bits), 0x86];

/** 16 bytes of the memory. */
export const loadBytes = (address: Code, offset: number): Code => [...address, 0xfd, 0x00, 0x00, ...unsigned(offset)];
/** Each byte less another one, without a borrow. */
export const subtractBytes = (bytes: Code, byte: number): Code => [...bytes, ...sameBytes(byte), 0xfd, ...unsigned(0x71)];
/** Which of the bytes are another one. */
export const areBytes = (bytes: Code, byte: number): Code => [...bytes, ...sameBytes(byte), 0xfd, ...unsigned(0x23)];
/** Which of the bytes are another one or less, without a sign. */
export const areBytesAtMost = (bytes: Code, byte: number): Code => [...bytes, ...sameBytes(byte), 0xfd, ...unsigned(0x2a)];
/** 64 bits, of which the lower 16 say for which bytes a comparison is true, the lowest for the first of them. */
export const bitsOfBytes = (comparison: Code): Code => [...comparison, 0xfd, ...unsigned(0x64), 0xad];

const sameBytes = (byte: number): Code => [...number32(byte), 0xfd, 0x0f];

/** Returns a value from `run` if a condition is not 0. */
export const returnIf = (condition: Code, value: Code): Code => [...condition, 0x04, 0x40, ...value, 0x0f, 0x0b];
/** Runs until something in it returns. */
export const forever = (...steps: readonly Code[]): Code => [0x03, 0x40, ...steps.flat(), 0x0c, 0x00, 0x0b, 0x00];

/**
 * A module that exports `memory`, of 64 KiB, and `run`, a function of two numbers of 32 bits that gives a third one.
 *
 * @param locals types of the locals behind the two numbers, which are the locals 0 and 1
 */
export function moduleOf(locals: readonly (keyof typeof types)[], body: Code): Uint8Array<ArrayBuffer> {
  const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, types[type]]), ...body, 0x0b];
  return Uint8Array.from([
    ...magic,
    ...section(1, [1, 0x60, 2, types.i32, types.i32, 1, types.i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named('memory'), 2, 0, ...named('run'), 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function named(name: string): Code {
  return [name.length, ...Buffer.from(name)];
}

/** Whole numbers in seven bits a byte. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
