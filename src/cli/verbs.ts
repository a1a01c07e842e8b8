import type { Verb } from './verb.ts';
import { adoptVerb } from './verb-adopt.ts';
import { buildVerb } from './verb-build.ts';
import { emulateVerb } from './verb-emulate.ts';
import { estimateVerb } from './verb-estimate.ts';
import { joinVerb } from './verb-join.ts';
import { lintVerb } from './verb-lint.ts';
import { reportVerb } from './verb-report.ts';
import { runVerb } from './verb-run.ts';
import { uiVerb } from './verb-ui.ts';
import { cancelVerb, fetchVerb, retryVerb, statusVerb, submitVerb, waitVerb } from './verb-steps.ts';

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [runVerb, lintVerb, buildVerb, estimateVerb, submitVerb, waitVerb, fetchVerb, statusVerb, retryVerb, cancelVerb, reportVerb, joinVerb, adoptVerb, uiVerb, emulateVerb];
