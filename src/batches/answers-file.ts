import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { JsonObject } from '../records/record.ts';
import { readLines } from '../records/lines.ts';
import { parseResultLine, type ParseResult } from '../results/parse.ts';

/** A results file that grows line by line. A line is on the disk when its promise resolves; one that a crash cut short is taken off. */
export class AnswersFile {
  readonly #file: FileHandle;
  /** Ids on the wire of the answers it held when it was opened. */
  readonly answered: ReadonlySet<string>;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, answered: ReadonlySet<string>) {
    this.#file = file;
    this.answered = answered;
  }

  /** Opens it, made if it is not there (0600). */
  static async open(path: string, parseResult: ParseResult): Promise<AnswersFile> {
    const file = await open(path, 'a+', 0o600);
    try {
      return new AnswersFile(file, await heal(path, file, parseResult));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Adds a line, after the others that are being added. */
  append(line: JsonObject): Promise<void> {
    const written = this.#written.then(async () => {
      await this.#file.appendFile(`${JSON.stringify(line)}\n`);
      await this.#file.sync();
    });
    this.#written = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#file.close();
  }
}

async function heal(path: string, file: FileHandle, parseResult: ParseResult): Promise<Set<string>> {
  const answered = new Set<string>();
  for await (const lines of readLines(createReadStream(path))) {
    for (const { bytes, offset, terminated } of lines) {
      const parsed = parseResultLine(bytes, parseResult);
      if (!terminated) await file.truncate(offset);
      else if (parsed.kind === 'result') answered.add(parsed.result.customId);
    }
  }
  return answered;
}
