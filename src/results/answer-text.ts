import { isTooDeep } from '../records/nesting.ts';
import type { JsonValue } from '../records/record.ts';
import type { Answer } from './result.ts';

/** What is done to the text of an answer before anything looks at it. */
export interface TextRules {
  /**
   * Take off a Markdown code fence that encloses the whole answer.
   * @default false
   */
  readonly stripFences?: boolean;
  /**
   * Parse the text as JSON.
   * @default false
   */
  readonly parseJson?: boolean;
}

const opening = /^(`{3,}|~{3,})[^`\n]*\n/;

/**
 * Takes off a Markdown code fence that encloses the whole text; any other text, also one that only contains fenced blocks,
 * comes back as it is.
 *
 * @example stripFences('```json\n{"label":"good"}\n```') // '{"label":"good"}'
 */
export function stripFences(text: string): string {
  const trimmed = text.trim();
  const [head, fence] = opening.exec(trimmed) ?? [];
  if (head === undefined || fence === undefined) return text;
  const lines = trimmed.slice(head.length).split('\n');
  const closing = lines.findIndex((line) => isClosing(line, fence));
  return closing === lines.length - 1 ? lines.slice(0, -1).join('\n').replace(/\r$/, '') : text;
}

/** A closing fence has the character of the opening one, at least as often, and nothing else. */
function isClosing(line: string, fence: string): boolean {
  const word = line.trim();
  return word.startsWith(fence) && word === fence.charAt(0).repeat(word.length);
}

/** The answer with its text unfenced and parsed as the rules ask. `json` stays absent where the text is not JSON, or too deep to be written. */
export function refineAnswer(answer: Answer, rules: TextRules): Answer {
  if (answer.text === undefined || !(rules.stripFences === true || rules.parseJson === true)) return answer;
  const text = rules.stripFences === true ? stripFences(answer.text) : answer.text;
  const json = rules.parseJson === true ? parsed(text) : undefined;
  return { ...answer, text, ...(json === undefined ? {} : { json }) };
}

function parsed(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isTooDeep(text, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
