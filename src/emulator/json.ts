import { isUtf8 } from 'node:buffer';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object: what request and answer bodies are. */
export interface JsonObject {
  [key: string]: Json;
}

/** Tells JSON objects from arrays, `null` and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value a text stands for, or `undefined` where it is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    // JSON.parse yields JSON values by definition.
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The value that bytes stand for, or `undefined` where they are no JSON: text that is not UTF-8 is none. */
export function parseJsonBytes(bytes: Buffer): Json | undefined {
  return isUtf8(bytes) ? parseJson(bytes.toString('utf8')) : undefined;
}

/** The member of an object, or `undefined` where the value is no object or has no such member. */
export function member(value: unknown, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A string member, or `undefined`. */
export function stringMember(value: unknown, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** A finite number member, or `undefined`. */
export function numberMember(value: unknown, key: string): number | undefined {
  const found = member(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

const NOT_PRINTABLE = /[\u007f-\uffff]/g;

/**
 * The text of a JSON value as OpenAI writes result files: ", " and ": " between, every character but printable ASCII as \uXXXX
 * (openai-batch reference, section 8: 396,242 of 396,247 public lines are pure ASCII).
 */
export function asciiJson(value: Json): string {
  if (typeof value === 'string') return asciiString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return asciiArray(value);
  const members: string[] = [];
  for (const key of Object.keys(value)) {
    const found: Json | undefined = value[key];
    if (found !== undefined) members.push(`${asciiString(key)}: ${asciiJson(found)}`);
  }
  return `{${members.join(', ')}}`;
}

function asciiArray(values: Json[]): string {
  // Vectors: thousands of numbers a row, written at native speed.
  if (values.every((value) => typeof value === 'number')) return JSON.stringify(values).replaceAll(',', ', ');
  return `[${values.map(asciiJson).join(', ')}]`;
}

function asciiString(text: string): string {
  return JSON.stringify(text).replace(NOT_PRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
