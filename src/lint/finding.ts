import { lintRules, type LintRule, type Severity } from './rules.ts';

/** Where something stands: in a file, in a source of records, in a shard. All that is known of it. */
export interface Place {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in characters. */
  readonly column?: number;
  /** 0-based index of the record, or of the request in a request file. */
  readonly index?: number;
  readonly customId?: string;
  /** Number of the shard that the record goes to, in a lint of a source. */
  readonly shard?: number;
  /** 1-based line in that shard. */
  readonly shardLine?: number;
}

/** Something that a provider would refuse, or that is doubtful, and where it is. */
export interface Finding extends Place {
  readonly severity: Severity;
  readonly rule: LintRule;
  /** What is wrong and what to do. Begins in lower case, and does not repeat the place. */
  readonly message: string;
  /** True if the corrected copy no longer has it. */
  readonly fixed?: true;
}

/** What a lint found in all. */
export interface LintSummary {
  readonly file?: string;
  /** What was read: a source of records, or a batch input file of a provider. */
  readonly format: LintFormat;
  /** Requests in the file, or records in the source. */
  readonly requests: number;
  /** Bytes of the file, or of the shards that would be built. */
  readonly bytes: number;
  /** Errors that stand: it would be refused unless this is 0. */
  readonly errors: number;
  readonly warnings: number;
  /** Findings that the corrected copy no longer has. */
  readonly fixed: number;
  /** Findings by rule, fixed ones included. */
  readonly rules: Readonly<Partial<Record<LintRule, number>>>;
  /** Endpoint of the batch, where it is known. */
  readonly endpoint?: string;
  /** Shards that would be built from a source. */
  readonly shards?: number;
  /** Ids that the corrected copy has in place of others; they are in `<copy>.ids.jsonl`. */
  readonly mappedIds?: number;
}

export type LintFormat = 'source' | 'openai-jsonl' | 'anthropic-json' | 'anthropic-jsonl';

/** Makes a finding; its severity is that of the rule. */
export function finding(rule: LintRule, message: string, place: Place, fixed = false): Finding {
  return { severity: lintRules[rule].severity, rule, message, ...place, ...(fixed && { fixed }) };
}

/** Counts findings into a summary. */
export class Tally {
  #errors = 0;
  #warnings = 0;
  #fixed = 0;
  readonly #rules: Partial<Record<LintRule, number>> = {};

  add({ severity, rule, fixed }: Finding): void {
    this.#rules[rule] = (this.#rules[rule] ?? 0) + 1;
    if (fixed) this.#fixed += 1;
    else if (severity === 'error') this.#errors += 1;
    else this.#warnings += 1;
  }

  get counts(): Pick<LintSummary, 'errors' | 'warnings' | 'fixed' | 'rules'> {
    return { errors: this.#errors, warnings: this.#warnings, fixed: this.#fixed, rules: this.#rules };
  }
}
