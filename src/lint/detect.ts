import { extname } from 'node:path';
import { InputError } from '../errors.ts';
import { isObject } from '../requests/body-finding.ts';
import type { LintFormat } from './finding.ts';

/** Bytes of a file that are looked at to tell what it is. */
export const headBytes = 64 * 1024;

const openaiFields = ['method', 'url', 'body'];

/**
 * Tells which batch input file the beginning of a file is that of, whoever made it.
 *
 * @param text what the file begins with, without a byte order mark
 * @throws InputError `unknown_format` for a file that is none
 */
export function detectFormat(text: string, { file, provider }: { readonly file: string; readonly provider?: 'openai' | 'anthropic' }): Exclude<LintFormat, 'source'> {
  const lines = provider === 'anthropic' ? 'anthropic-jsonl' : 'openai-jsonl';
  if (/^\s*\{\s*"requests"\s*:/.test(text)) return 'anthropic-json';
  const extension = extname(file.replace(/\.(gz|zst)$/i, '')).toLowerCase();
  const isNamed = extension === '.jsonl' || extension === '.ndjson' || extension === '.json';
  if (/^\s*$/.test(text)) return extension === '.json' ? 'anthropic-json' : lines;
  // A body that was broken before its first request, or laid out otherwise.
  if (extension === '.json' && /^\s*\{/.test(text) && fieldsOf(text).size === 0) return 'anthropic-json';
  if (!isNamed && !/^\s*[[{]/.test(text)) throw noRequestFile(file);
  const fields = fieldsOf(text);
  if (provider === undefined && fields.has('params')) return 'anthropic-jsonl';
  if (fields.size === 0 || fields.has('custom_id') || fields.has('params') || openaiFields.some((field) => fields.has(field))) return lines;
  throw noRequestFile(file);
}

/** The fields of the first line that is an object and has some; those that a longer or broken line begins with. */
function fieldsOf(text: string): ReadonlySet<string> {
  for (const line of text.split('\n')) {
    const fields = Object.keys(objectOf(line));
    if (fields.length > 0) return new Set(fields);
  }
  const names = text.slice(0, 1000).matchAll(/"(custom_id|params|body|method|url)"\s*:/g);
  return new Set([...names].map(([, name = '']) => name));
}

function objectOf(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function noRequestFile(file: string): InputError {
  return new InputError('unknown_format', `${file} is no batch input file: neither lines of {custom_id, method, url, body} or {custom_id, params}, nor {"requests": [...]}. If it is a source of records, say what to ask with --prompt (option \`request\`).`, { file });
}
