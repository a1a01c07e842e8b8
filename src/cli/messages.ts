import { InputError } from '../index.ts';
import { readJson } from './text-file.ts';

const example = '[{"role":"user","content":"{{text}}"}]';

/** The conversation that `--messages` spells or names a file of. @throws InputError `file_not_found`, `invalid_option` */
export function readMessages(given: string): object[] {
  // No file that holds a conversation is called like one.
  const isInline = /^\s*([[{]|$)/.test(given);
  const parsed = isInline ? parse(given) : readJson('--messages', given.replace(/^@/, ''), `Give a file of JSON, or a JSON array of messages, such as ${example}.`);
  if (Array.isArray(parsed) && parsed.every((message) => typeof message === 'object' && message !== null)) return parsed as object[];
  throw new InputError('invalid_option', isInline ? `--messages must be a JSON array of messages, such as ${example}.` : `--messages: ${given} must hold a JSON array of messages, such as ${example}.`);
}

/** Nothing where it is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
