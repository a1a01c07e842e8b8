import { LineSplitter, type Line } from '../records/lines.ts';
import { isBroken } from '../records/raw-text.ts';
import { FileLint, withoutMarks } from './file-lint.ts';

/** Lints a file of request lines. */
export class LineLint extends FileLint {
  readonly #splitter = new LineSplitter();
  #pendingBytes = 0;
  #lines = 0;
  #isStopped = false;

  push(chunk: Buffer): void {
    if (this.#isStopped) return this.write(chunk);
    for (const line of this.#splitter.push(chunk)) this.#readLine(line);
    if (this.#isStopped) return this.#stop();
    const feed = chunk.lastIndexOf(0x0a);
    this.#pendingBytes = feed === -1 ? this.#pendingBytes + chunk.length : chunk.length - feed - 1;
    if (this.#pendingBytes <= this.options.maxRequestBytes) return;
    this.add('too_large', 'this line alone is larger than a batch may be; what follows was not read.', { line: this.#lines + 1, column: 1 });
    this.#stop();
  }

  end(): void {
    if (this.#isStopped) return;
    for (const line of this.#splitter.end()) this.#readLine(line);
  }

  #stop(): void {
    this.#isStopped = true;
    for (const { bytes } of this.#splitter.end()) this.write(bytes);
  }

  #readLine({ bytes, number }: Line): void {
    this.#lines = number;
    if (this.#isStopped) return this.#copyLine(bytes);
    const rest = withoutMarks(bytes);
    if (rest.length < bytes.length) this.add('byte_order_mark', 'a byte order mark stands before this line, and makes it no JSON: save the file without one.', { line: number, column: 1 }, true);
    const text = rest.toString('utf8');
    const inner = withoutSpace(text);
    if (isBroken(text, rest)) {
      this.readBroken(rest, { line: number, column: 1 });
      this.#copyLine(rest);
    } else if (inner === '') {
      this.add('blank_line', 'the line is blank: take it out.', { line: number, column: 1 }, true);
    } else {
      this.#readText(text, inner, number);
    }
  }

  #readText(text: string, inner: string, line: number): void {
    if (this.requests === 0 && inner.startsWith('[')) {
      this.add('json_array', 'the file is a JSON array: write each of its elements on a line of its own, without commas between.', { line, column: text.indexOf('[') + 1 });
      this.#isStopped = true;
      this.requests += 1;
      return this.#copyLine(text);
    }
    const leading = text.indexOf(inner[0] ?? '');
    const withoutReturn = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (withoutReturn !== text) this.add('carriage_return', 'the line ends in CRLF: a line feed alone is what is meant.', { line, column: text.length }, true);
    if (withoutReturn.length !== inner.length) this.add('surrounding_space', 'white space stands before or after the request.', { line, column: leading > 0 ? 1 : leading + inner.length + 1 }, true);
    this.requestBytes += Buffer.byteLength(inner);
    this.#copyLine(this.readRequest(inner, { line, column: leading + 1 }, () => line));
  }

  #copyLine(bytes: Buffer | string): void {
    this.write(bytes);
    this.write('\n');
  }
}

/** A text without the white space around it: JSON's own only, since any other makes a line that is no JSON. By hand, since a pattern would look at each run of spaces inside again and again. */
function withoutSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0d || code === 0x09;
}
