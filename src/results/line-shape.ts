import type { JsonPath, ResultLayout } from './result-layout.ts';

/** A part of a line that a shape picks out: `span` is the text of the answer, `rest` all that stands behind the text or the vector. */
export type PartName = 'customId' | 'requestId' | 'span' | 'rest' | 'input' | 'output' | 'cached' | 'cacheWrite' | 'reasoning';

/** A pattern that matches all lines of one structure, and the groups in which it finds each part; several groups of `input` are summed. */
export interface LineShape {
  /** Sticky; begins at the first byte of a line and ends before its line feed. */
  readonly pattern: RegExp;
  /**
   * Where the line holds a vector: `pattern` ends before it, and this one begins behind it; what is between them is for `endOfNumbers` to
   * check. Its groups are counted on from those of `pattern`, its whole match among them.
   */
  readonly behindVector?: RegExp;
  readonly groups: ReadonlyMap<PartName, readonly number[]>;
}

// JSON's own grammar, spelled so that nothing can be matched in two ways: a line that fails does so in linear time.
const characters = String.raw`[^"\\\x00-\x1f]*`;
const stringBody = String.raw`${characters}(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})${characters})*`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?`;

const count = String.raw`(0|[1-9]\d{0,8})`;
/** What a part may be where the shape matches; in any other form the line is parsed. */
const rolePatterns = {
  customId: `"(${characters})"`,
  requestId: `"(${characters.replace(/\*$/, '+')})"`,
  text: `"(${stringBody})"(`,
  input: count,
  output: count,
  cached: count,
  cacheWrite: count,
  reasoning: count,
};

const maxDepth = 64;
const maxValues = 500;

/**
 * The shape of a line: its text with every string and number replaced by the grammar of one, and with the parts of its layout as groups.
 * Keys, spaces, `null`, `true`, `false` and what the layout calls decisive must be as they are in this line. So a match proves that a
 * line is valid JSON, that it has the structure of this one, and that no fake inside a string was taken for a part.
 *
 * @param line a result line in byte text, without line feed; it is valid JSON
 * @returns `undefined` for a line that is deep, large or has a key twice or in an odd spelling: such lines are parsed
 */
export function shapeOf(line: string, layout: ResultLayout): LineShape | undefined {
  const walk = new ShapeWalk(line, rolesIn(layout));
  return walk.run();
}

type Role = keyof typeof rolePatterns | 'embedding' | 'decisive';

/** The roles of each place. A count may have two of them: what was read from a cache is part of the input. */
function rolesIn({ customId, requestId, text, embedding, usage, decisive }: ResultLayout): Map<string, readonly Role[]> {
  const roles = new Map<string, readonly Role[]>();
  const add = (role: Role, path: JsonPath | undefined): void => void (path && roles.set(keyOf(path), [...(roles.get(keyOf(path)) ?? []), role]));
  add('customId', customId);
  add('requestId', requestId);
  add('text', text);
  add('embedding', embedding);
  for (const path of usage?.input ?? []) add('input', path);
  add('output', usage?.output);
  add('cached', usage?.cached);
  add('cacheWrite', usage?.cacheWrite);
  add('reasoning', usage?.reasoning);
  for (const path of decisive) add('decisive', path);
  return roles;
}

/** A longer pattern, made of a line that is mostly space or fixed words, would cost more than it saves, and V8 refuses the longest. */
const maxPatternLength = 16_384;

const isCount = (role: Role): role is 'input' | 'output' | 'cached' | 'cacheWrite' | 'reasoning' => role !== 'decisive' && role !== 'embedding' && rolePatterns[role] === count;
const keyOf = (path: JsonPath): string => JSON.stringify(path);
const token = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\],:]|[ \t\r\n]+/y;

/** Walks once through a line that is known to be JSON and writes the pattern. */
class ShapeWalk {
  readonly #line: string;
  readonly #roles: ReadonlyMap<string, readonly Role[]>;
  readonly #groups = new Map<PartName, number[]>();
  readonly #path: (string | number)[] = [];
  #pattern = '';
  /** The pattern up to a vector. */
  #head: string | undefined;
  #at = 0;
  #groupCount = 0;
  #values = 0;

  constructor(line: string, roles: ReadonlyMap<string, readonly Role[]>) {
    this.#line = line;
    this.#roles = roles;
  }

  run(): LineShape | undefined {
    this.#skipSpace();
    if (!this.#value()) return undefined;
    this.#skipSpace();
    if (this.#at !== this.#line.length || this.#pattern.length > maxPatternLength) return undefined;
    return this.#shape();
  }

  #shape(): LineShape {
    const last = new RegExp(`${this.#pattern}${this.#head === undefined && this.#groups.has('rest') ? ')' : ''}(?=\\n|$)`, 'y');
    if (this.#head === undefined) return { pattern: last, groups: this.#groups };
    return { pattern: new RegExp(this.#head, 'y'), behindVector: last, groups: this.#groups };
  }

  #value(): boolean {
    this.#values += 1;
    if (this.#path.length > maxDepth || this.#values > maxValues) return false;
    const [role, ...more] = this.#roles.get(keyOf(this.#path)) ?? [];
    const next = this.#line.charAt(this.#at);
    if (role === 'embedding') return this.#vector();
    if (next === '{' || next === '[') return this.#members(next);
    const text = this.#next();
    if (role === 'decisive' || /^[tfn]/.test(text)) this.#pattern += escaped(text);
    else if (role === undefined) this.#pattern += text.startsWith('"') ? `"${stringBody}"` : number;
    else return this.#part(role, this.#at) && this.#sameGroup(more);
    return true;
  }

  /** The group made last is all these parts as well. */
  #sameGroup(roles: readonly Role[]): boolean {
    for (const role of roles) if (isCount(role)) this.#groups.set(role, [...(this.#groups.get(role) ?? []), this.#groupCount]);
    return true;
  }

  /** The pattern is cut at a vector. */
  #vector(): boolean {
    this.#head = this.#pattern;
    this.#pattern = '';
    // The whole match of the second pattern is the group that comes next.
    this.#group('rest');
    this.#at = this.#line.indexOf(']', this.#at) + 1;
    return this.#at > 0;
  }

  /** Goes on behind a part, which becomes a group; so does all that stands behind a span. */
  #part(role: Exclude<Role, 'decisive' | 'embedding'>, end: number): boolean {
    this.#at = end;
    this.#pattern += rolePatterns[role];
    this.#group(role === 'text' ? 'span' : role);
    if (role === 'text') this.#group('rest');
    return true;
  }

  #group(name: PartName): void {
    this.#groupCount += 1;
    this.#groups.set(name, [...(this.#groups.get(name) ?? []), this.#groupCount]);
  }

  /** The members of an object or a list, which begins here. */
  #members(opening: string): boolean {
    const closing = opening === '{' ? '}' : ']';
    const keys = new Set<string>();
    this.#pattern += escaped(this.#next());
    this.#skipSpace();
    for (let position = 0; this.#line.charAt(this.#at) !== closing; position += 1) {
      const key = opening === '{' ? this.#key(keys) : position;
      if (key === undefined) return false;
      this.#path.push(key);
      if (!this.#value()) return false;
      this.#path.pop();
      this.#skipSpace();
      if (this.#line.charAt(this.#at) === ',') this.#pattern += this.#next();
      this.#skipSpace();
    }
    this.#pattern += escaped(this.#next());
    return true;
  }

  /** The name of a member; `undefined` if it was there before, or is not spelled plainly. */
  #key(known: Set<string>): string | undefined {
    const text = this.#next();
    const key = text.slice(1, -1);
    if (!/^[\w.:/ -]*$/.test(key) || known.has(key)) return undefined;
    known.add(key);
    this.#pattern += escaped(text);
    this.#skipSpace();
    this.#pattern += this.#next();
    this.#skipSpace();
    return key;
  }

  #next(): string {
    token.lastIndex = this.#at;
    const [text = ''] = token.exec(this.#line) ?? [];
    this.#at += text.length;
    return text;
  }

  #skipSpace(): void {
    if (/[ \t\r\n]/.test(this.#line.charAt(this.#at))) this.#pattern += escaped(this.#next());
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
