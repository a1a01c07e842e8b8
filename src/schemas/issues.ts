import type { StandardIssue } from './standard-schema.ts';

/** One thing that is wrong with an answer. */
export interface Issue {
  /** The field, as `items.0.price`; empty for the whole answer. */
  readonly path: string;
  readonly message: string;
}

const shown = 5;

/** The issues as one text, the first few in full. */
export function describeIssues(issues: readonly Issue[]): string {
  const texts = issues.slice(0, shown).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = issues.length > shown ? `; and ${issues.length - shown} more` : '';
  return texts.join('; ') + more;
}

/** An issue of a schema library, in our words. */
export function issueOf({ message, path = [] }: StandardIssue): Issue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return { path: keys.join('.'), message };
}
