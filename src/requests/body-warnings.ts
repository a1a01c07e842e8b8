import { grouped } from '../numbers.ts';
import type { JsonObject, JsonValue } from '../records/record.ts';
import { isObject, type BodyFinding, type BodyRules, type BodyWarning } from './body-finding.ts';
import { plainEndpoint } from './body-rules.ts';
import { contextWindowOf } from './context-windows.ts';
import { knownParameters } from './known-parameters.ts';
import { defaultModelRules, ruleFor, unknownModelWarning } from './models.ts';
import { promptTextOf } from './prompt-text.ts';

/** As many bytes as a token of text has at most, on average: a prompt counted with it is never taken for longer than it is. Source: counts over public batches. */
const mostBytesPerToken = 5;

/** What is doubtful about a request body, but may well be meant. */
export function* bodyWarnings(body: JsonObject, rules: BodyRules): Generator<BodyFinding<BodyWarning>> {
  const { model } = body;
  if (typeof model === 'string' && model !== '' && !ruleFor(model, rules.modelRules)) yield { rule: 'unknown_model', place: ['model'], message: unknownModelWarning(model) };
  yield* unknownParameters(body, rules);
  yield* promptWarnings(body, rules);
}

/** Those of {@link bodyWarnings} that are about what is asked, and so may differ with each record. */
export function promptWarnings(body: JsonObject, rules: BodyRules): readonly BodyFinding<BodyWarning>[] {
  return isPlain(body, rules) ? none : [...slowPromptWarnings(body, rules)];
}

const none: readonly BodyFinding<BodyWarning>[] = [];

/** Together far fewer tokens than the smallest known model can hold. */
const short = { units: 2000, answer: 2048 };

/** True for the short plain prompts that nearly all are: nothing can be said against them, and it costs next to nothing to see. */
function isPlain(body: JsonObject, { modelRules }: BodyRules): boolean {
  // Models of the user's own may hold less.
  if (modelRules !== defaultModelRules || answerLimitOf(body) > short.answer) return false;
  const systemUnits = unitsOf(body['system']) + unitsOf(body['instructions']);
  const asked = body['messages'] ?? body['input'] ?? body['prompt'];
  if (Array.isArray(asked)) return isPlainChat(asked, systemUnits);
  return typeof asked === 'string' && systemUnits + asked.length <= short.units && /\S/.test(asked);
}

/** Length of a text; what is no text is looked at the long way. */
function unitsOf(text: JsonValue | undefined): number {
  return typeof text === 'string' ? text.length : text === undefined || text === null ? 0 : Infinity;
}

function isPlainChat(messages: readonly JsonValue[], systemUnits: number): boolean {
  let units = systemUnits;
  let isAsked = false;
  for (const message of messages) {
    if (!isObject(message) || typeof message['content'] !== 'string') return false;
    units += message['content'].length;
    isAsked ||= message['role'] === 'user' && /\S/.test(message['content']);
  }
  return isAsked && units <= short.units;
}

function answerLimitOf(body: JsonObject): number {
  const limit = body['max_tokens'] ?? body['max_completion_tokens'] ?? body['max_output_tokens'];
  return typeof limit === 'number' ? limit : 0;
}

function* slowPromptWarnings(body: JsonObject, rules: BodyRules): Generator<BodyFinding<BodyWarning>> {
  const { model } = body;
  const prompt = promptTextOf(body);
  if (prompt.isEmpty) yield { rule: 'empty_prompt', place: [], message: 'the prompt is empty: the answer will be paid for all the same.' };
  const overflow = typeof model === 'string' ? overflowOf(body, model, prompt.texts, rules) : undefined;
  if (overflow !== undefined) yield { rule: 'context_overflow', place: [], message: overflow };
}

/** The parameters that the endpoint is not known to take. Works on a part of a body too. */
export function* unknownParameters(body: JsonObject, { endpoint }: Pick<BodyRules, 'endpoint'>): Generator<BodyFinding<'unknown_parameter'>> {
  const plain = plainEndpoint(endpoint);
  const known = knownParameters(plain);
  if (!known) return;
  for (const name in body) {
    if (known.has(name) || body[name] === undefined) continue;
    yield { rule: 'unknown_parameter', place: [name], message: `\`${name}\` is no parameter of ${plain} that is known: it may be refused. Check the spelling.` };
  }
}

/** How much text may be put into a body in place of single letters before there is something to warn of. */
export function textRoom(body: JsonObject, rules: BodyRules): number {
  const { model } = body;
  const window = typeof model === 'string' ? (ruleFor(model, rules.modelRules)?.contextTokens ?? contextWindowOf(model)) : undefined;
  if (window === undefined) return Infinity;
  return (window - answerLimitOf(body)) * mostBytesPerToken - total(promptTextOf(body).texts, (text) => Buffer.byteLength(text));
}

function overflowOf(body: JsonObject, model: string, texts: readonly string[], { endpoint, modelRules }: BodyRules): string | undefined {
  const window = ruleFor(model, modelRules)?.contextTokens ?? contextWindowOf(model);
  if (window === undefined) return undefined;
  const limit = answerLimitOf(body);
  const most = (window - limit) * mostBytesPerToken;
  const measure = hasSeveralInputs(endpoint) ? longest : total;
  // A UTF-16 unit is 3 bytes of UTF-8 at most: nearly every prompt is cleared without counting them.
  if (measure(texts, (text) => text.length) * 3 <= most) return undefined;
  const bytes = measure(texts, (text) => Buffer.byteLength(text));
  if (bytes <= most) return undefined;
  const tokens = grouped(Math.ceil(bytes / mostBytesPerToken));
  const answer = limit > 0 ? `, and its answer up to ${grouped(limit)}` : '';
  return `the prompt has ${tokens} tokens or more${answer}; ${model} can hold ${grouped(window)}. Shorten the record.`;
}

type Measure = (texts: readonly string[], sizeOf: (text: string) => number) => number;

const total: Measure = (texts, sizeOf) => texts.reduce((sum, text) => sum + sizeOf(text), 0);
const longest: Measure = (texts, sizeOf) => texts.reduce((most, text) => Math.max(most, sizeOf(text)), 0);

/** Embeddings and completions take a list of texts, each of which is by itself before the model. */
function hasSeveralInputs(endpoint: string): boolean {
  return /\/(embeddings|completions|moderations)$/.test(endpoint) && !endpoint.endsWith('/chat/completions');
}
