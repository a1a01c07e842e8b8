import { pathText, type SchemaPath } from './subschemas.ts';

/** Something in a schema that a provider refuses, or may refuse: where, what, and what to do. */
export interface SchemaFinding {
  readonly path: SchemaPath;
  readonly problem: string;
  readonly remedy: string;
}

/** What a look at a schema found, before anything is sent. */
export interface SchemaFindings {
  /** Certain: the request would be refused. */
  readonly errors: readonly SchemaFinding[];
  /** Refused by some models or servers, or by limits that change. */
  readonly warnings: readonly SchemaFinding[];
}

const shown = 5;

/** A finding as people read it. */
export function describeFinding({ path, problem, remedy }: SchemaFinding): string {
  return `${pathText(path)} ${problem}: ${remedy}`;
}

/** Several findings as one text, the first few in full. */
export function describeFindings(findings: readonly SchemaFinding[]): string {
  const more = findings.length > shown ? `; and ${findings.length - shown} more` : '';
  return findings.slice(0, shown).map(describeFinding).join('; ') + more;
}
