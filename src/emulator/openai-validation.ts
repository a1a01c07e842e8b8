import { embeddingInputs } from './answer-embeddings.ts';
import { isObject, parseJsonBytes, type JsonObject } from './json.ts';
import { modelOf, problemsOf } from './openai-line-problems.ts';
import type { Problem, Validation } from './stored.ts';

const MAX_LINES = 50_000;
const MAX_EMBEDDING_INPUTS = 50_000;
/** More are not listed, whatever the switch says. */
const MAX_PROBLEMS = 1000;
const BYTES_PER_TOKEN = 4;

function problemOf(code: string, message: string, param: string | null = null): Problem {
  return { code, message, param, line: null };
}

/** A batch's file id leads to no file that this key may use for it. */
export const fileProblem = problemOf('invalid_request', 'The input file was not found, is not accessible, or does not have the purpose `batch`.', 'file_id');

/** Prompt tokens of this model already wait. The message is OpenAI's in gist; clients read the limit out of it. */
export function tokenLimitProblem(model: string, account: string, limit: number): Problem {
  const where = `for ${model} in organization org-${account.slice(0, 24)}`;
  const advice = 'Please try again once some in_progress batches have been completed.';
  return problemOf('token_limit_exceeded', `Enqueued token limit reached ${where}. Limit: ${limit.toLocaleString('en-US')} enqueued tokens. ${advice}`);
}

/** Checks an input file line by line, as OpenAI does after the batch was created (openai-batch reference, 7.2). */
export class FileCheck {
  readonly #endpoint: string;
  readonly #all: boolean;
  readonly #problems: Problem[] = [];
  readonly #ids = new Set<string>();
  #model: string | undefined;
  #lines = 0;
  #inputs = 0;
  #tokens = 0;

  /** @param reports whether checking ends at the first problem */
  constructor(endpoint: string, reports: 'first' | 'all') {
    this.#endpoint = endpoint;
    this.#all = reports === 'all';
  }

  /** True when nothing that follows can change the result. */
  get isSettled(): boolean {
    return this.#problems.length >= (this.#all ? MAX_PROBLEMS : 1);
  }

  /** Checks the next line. @param bytes without line feed */
  add(bytes: Buffer): void {
    if (this.isSettled) return;
    this.#lines += 1;
    if (this.#lines > MAX_LINES) {
      // The code is Azure's; OpenAI's own has not been seen.
      this.#report(problemOf('too_many_tasks', `The input file holds more than ${MAX_LINES} requests, the maximum for one batch.`));
      return;
    }
    this.#tokens += Math.ceil(bytes.length / BYTES_PER_TOKEN);
    const line = parseJsonBytes(bytes);
    if (isObject(line)) this.#checkLine(line);
    else this.#report({ code: 'invalid_json_line', message: 'This line is not parseable as valid JSON.', param: null, line: this.#lines });
  }

  /** What was found, once every line was added. */
  finish(at: number): Validation {
    if (this.#lines === 0) this.#report(problemOf('empty_file', 'The input file is empty.'));
    const problems = this.#problems.slice(0, this.#all ? MAX_PROBLEMS : 1);
    return { at, total: this.#lines, model: this.#model ?? null, tokens: this.#tokens, problems };
  }

  #checkLine(line: JsonObject): void {
    const known = { endpoint: this.#endpoint, ids: this.#ids, model: this.#model };
    for (const problem of problemsOf(line, known)) this.#report({ ...problem, line: this.#lines });
    const { custom_id: customId } = line;
    if (typeof customId === 'string') this.#ids.add(customId);
    this.#model ??= modelOf(line);
    this.#countInputs(line);
  }

  #countInputs({ body }: JsonObject): void {
    if (this.#endpoint !== '/v1/embeddings' || !isObject(body)) return;
    const before = this.#inputs;
    this.#inputs += embeddingInputs(body['input']).length;
    if (before > MAX_EMBEDDING_INPUTS || this.#inputs <= MAX_EMBEDDING_INPUTS) return;
    this.#report({ ...problemOf('invalid_request', `The batch holds more than ${MAX_EMBEDDING_INPUTS} embedding inputs.`, 'body.input'), line: this.#lines });
  }

  #report(problem: Problem): void {
    this.#problems.push(problem);
  }
}
