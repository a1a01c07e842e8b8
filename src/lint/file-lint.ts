import type { JsonObject } from '../records/record.ts';
import { findJsonError } from '../records/json-error.ts';
import { positionOf, type Position } from '../records/position.ts';
import { isObject } from '../requests/body-finding.ts';
import { safeCustomId } from '../requests/safe-id.ts';
import type { CorrectedCopy } from './corrected-copy.ts';
import { finding, Tally, type Finding } from './finding.ts';
import { locate } from './locate.ts';
import type { Found, RequestCheck } from './request-check.ts';
import type { LintRule } from './rules.ts';

/** The bytes of U+FEFF. */
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes without the byte order marks before them; tools that add one to a file that has one make two. */
export function withoutMarks(bytes: Buffer): Buffer {
  let rest = bytes;
  while (rest.subarray(0, byteOrderMark.length).equals(byteOrderMark)) rest = rest.subarray(byteOrderMark.length);
  return rest;
}

/** What a request file is linted with. */
export interface FileLintOptions {
  readonly file: string | undefined;
  readonly check: RequestCheck;
  /** Whether ids are those of OpenAI or of Anthropic. */
  readonly customIdPattern: RegExp;
  /** A request longer than this is not read, so that memory stays flat. */
  readonly maxRequestBytes: number;
  readonly copy: CorrectedCopy | undefined;
}

/** What both kinds of request file have in common: requests as texts, findings with their places, and a corrected copy. */
export abstract class FileLint {
  readonly tally = new Tally();
  /** Requests so far. */
  requests = 0;
  /** Bytes of the requests themselves. */
  requestBytes = 0;
  protected readonly options: FileLintOptions;
  #found: Finding[] = [];

  constructor(options: FileLintOptions) {
    this.options = options;
  }

  abstract push(chunk: Buffer): void;
  abstract end(): void;

  /** What was found since it was asked last. */
  take(): Finding[] {
    return this.#found.splice(0);
  }

  /** Adds a finding; `isFixed` says whether the copy, if one is written, no longer has it. */
  add(rule: LintRule, message: string, place: { line?: number; column?: number; index?: number; customId?: string }, isFixed = false): void {
    const { file, copy } = this.options;
    const found = finding(rule, message, { ...(file === undefined ? {} : { file }), ...place }, isFixed && copy !== undefined);
    this.tally.add(found);
    this.#found.push(found);
  }

  protected write(bytes: Buffer | string): void {
    this.options.copy?.write(bytes);
  }

  /** Takes note of a request whose bytes are no text. */
  protected readBroken(bytes: Buffer, start: Position): void {
    const place = { ...positionOf(bytes.toString('utf8'), firstBroken(bytes), start), index: this.requests++ };
    this.add('not_utf8', 'bytes that are no UTF-8 stand here: save the file as UTF-8.', place);
    for (const { rule, message } of this.options.check.count()) this.add(rule, message, place);
  }

  /** Checks one request. @returns its text for the copy */
  protected readRequest(text: string, start: Position, number: (index: number) => number): string {
    const index = this.requests++;
    const value = this.#parse(text, start, index);
    if (value === undefined) return text;
    const { custom_id: id } = value;
    const customId = typeof id === 'string' ? id : typeof id === 'number' ? String(id) : undefined;
    const mapped = this.#mappedId(id);
    for (const found of this.options.check.check(value, number(index))) {
      const position = positionOf(text, offsetOf(text, found), start);
      this.add(found.rule, found.message, { ...position, index, ...(customId === undefined ? {} : { customId }) }, mapped !== undefined && isAboutId(found));
    }
    return mapped === undefined ? text : this.#withId(text, id as string | number, mapped);
  }

  #parse(text: string, start: Position, index: number): JsonObject | undefined {
    let value: unknown;
    let found: [LintRule, string, number] = ['not_an_object', 'the request is JSON, but no object.', 0];
    try {
      value = JSON.parse(text);
    } catch {
      const at = findJsonError(text);
      found = ['invalid_json', at >= text.trimEnd().length ? 'the JSON ends too early: it was cut off.' : 'from here on this is not JSON.', at];
    }
    if (isObject(value)) return value;
    const [rule, message, at] = found;
    this.add(rule, message, { ...positionOf(text, at, start), index });
    for (const { rule: other, message: more } of this.options.check.count()) this.add(other, more, { ...start, index });
    return undefined;
  }

  /** The id to write into the copy in place of one that the provider would refuse. */
  #mappedId(id: unknown): string | undefined {
    const { copy, customIdPattern } = this.options;
    if (!copy || id === '' || (typeof id !== 'string' && typeof id !== 'number')) return undefined;
    if (typeof id === 'string' && customIdPattern.test(id)) return undefined;
    const text = String(id);
    return customIdPattern.test(text) ? text : safeCustomId(text);
  }

  #withId(text: string, id: string | number, mapped: string): string {
    const { start, end } = locate(text, ['custom_id']);
    this.options.copy?.mapId(id, mapped);
    return `${text.slice(0, start)}${JSON.stringify(mapped)}${text.slice(end)}`;
  }
}

function offsetOf(text: string, { place, atKey }: Found): number {
  const { key, start } = locate(text, place);
  return atKey === true ? (key ?? start) : start;
}

/** True for what is gone once the id is another: that it was illegal, or no text. */
function isAboutId({ rule, place }: Found): boolean {
  return rule === 'invalid_custom_id' || rule === 'long_custom_id' || (rule === 'wrong_type' && place[0] === 'custom_id');
}

/** The offset of the first character that is made of bytes that are no UTF-8. */
function firstBroken(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  const replaced = Buffer.from('\uFFFD');
  let offset = 0;
  for (let at = text.indexOf('\uFFFD'); ; at = text.indexOf('\uFFFD', at + 1)) {
    const before = Buffer.byteLength(text.slice(0, at));
    offset = at;
    // Where the character itself stood in the file, its bytes are there; all before it was well.
    if (at === -1 || !bytes.subarray(before, before + replaced.length).equals(replaced)) return Math.max(0, offset);
  }
}
