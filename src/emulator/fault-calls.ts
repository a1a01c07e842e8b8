import type { ArmedRule } from './armed-rule.ts';
import { routeMatches } from './armed-rule.ts';
import type { ActionOf, CallAction, ViewAction } from './fault-actions.ts';
import { isResultFile, providerOf, type AnyBatch, type FaultBatches } from './fault-batches.ts';
import { disturb, type FaultyExchange, type Work } from './fault-disturb.ts';
import { viewed } from './fault-view.ts';
import { ApiFailure } from './failure.ts';
import { isObject, stringMember, type Json, type JsonObject } from './json.ts';
import { listBody } from './pages.ts';

interface Clock {
  readonly now: () => number;
  readonly speed: number;
}

/** Stands between the dispatcher and the routes: each call passes here. */
export class CallFaults {
  readonly #batches: FaultBatches;
  readonly #clock: Clock;
  readonly #rules: () => readonly ArmedRule[];

  constructor(batches: FaultBatches, clock: Clock, rules: () => readonly ArmedRule[]) {
    this.#batches = batches;
    this.#clock = clock;
    this.#rules = rules;
  }

  /** Does the work of a call, with whatever the rules do to it. @throws ApiFailure that the call is answered with */
  async handle(exchange: FaultyExchange, work: Work): Promise<void> {
    const rules = this.#rules();
    if (rules.length === 0) return work(exchange);
    const views = rules.filter(({ on, rule }) => on === 'view' && routeMatches(rule.route, exchange.route));
    if (views.length > 0 && showsBatches(exchange.route)) exchange.response.edit = (body) => this.#edited(body, views, exchange);
    const guarded: Work = (call) => {
      this.#refuse(views, exchange);
      return work(call);
    };
    const action = this.#actionFor(rules, exchange);
    if (action === undefined) await guarded(exchange);
    else await disturb(action, exchange, guarded, this.#clock.now());
  }

  /** Each rule counts its calls, whether it gets to act or not. */
  #actionFor(rules: readonly ArmedRule[], exchange: FaultyExchange): CallAction | undefined {
    let first: ArmedRule | undefined;
    for (const rule of rules) {
      if (rule.on === 'call' && this.#isMeant(rule, exchange) && rule.takesCall()) first ??= rule;
    }
    first?.hit();
    // A rule that acts on calls has such an action.
    return first?.action as CallAction | undefined;
  }

  #isMeant({ rule }: ArmedRule, exchange: FaultyExchange): boolean {
    if (!routeMatches(rule.route, exchange.route)) return false;
    if (rule.batch === undefined) return true;
    const batch = this.#batches.of(exchange);
    return batch !== undefined && this.#batches.counts(batch.id) && this.#batches.numberOf(providerOf(exchange.route), batch) === rule.batch;
  }

  /** What a call is refused for because its batch or file does not show. */
  #refuse(views: readonly ArmedRule[], exchange: FaultyExchange): void {
    const batch = views.length === 0 ? undefined : this.#batches.of(exchange);
    if (batch === undefined) return;
    for (const rule of views) {
      if (!this.#batches.takes(rule, exchange.route, batch)) continue;
      if (rule.action.kind === 'hidden' && exchange.route.includes('.batches.') && this.#isHidden(rule, rule.action, batch)) throw notFound(exchange);
      if (rule.action.kind === 'gone' && isForResults(exchange, batch)) {
        rule.hit();
        throw notFound(exchange);
      }
    }
  }

  #isHidden(rule: ArmedRule, { calls = 0, forMs = 0 }: ActionOf<'hidden'>, batch: AnyBatch): boolean {
    const isHidden = rule.countHidden(batch.id) <= calls || this.#clock.now() < batch.createdAt + forMs / this.#clock.speed;
    if (isHidden) rule.hit();
    return isHidden;
  }

  #edited(body: Json, views: readonly ArmedRule[], exchange: FaultyExchange): Json {
    if (!isObject(body)) return body;
    const { data } = body;
    if (!Array.isArray(data)) return this.#shown(body, views, exchange);
    const visible = data.filter(isObject).filter((item) => !this.#isUnlisted(item, views, exchange));
    return { ...body, ...listBody(visible.map((item) => this.#shown(item, views, exchange)), body['has_more'] === true) };
  }

  #isUnlisted(item: JsonObject, views: readonly ArmedRule[], { route }: FaultyExchange): boolean {
    const batch = this.#batches.get(providerOf(route), stringMember(item, 'id') ?? '');
    if (batch === undefined) return false;
    return views.some((rule) => rule.action.kind === 'hidden' && this.#batches.takes(rule, route, batch) && this.#isHidden(rule, rule.action, batch));
  }

  #shown(body: JsonObject, views: readonly ArmedRule[], { route }: FaultyExchange): JsonObject {
    const batch = this.#batches.get(providerOf(route), stringMember(body, 'id') ?? '');
    if (batch === undefined) return body;
    let shown = body;
    for (const rule of views) {
      if (!this.#batches.takes(rule, route, batch)) continue;
      // A rule that acts on how batches are shown has such an action.
      const changed = viewed(shown, rule.action as ViewAction, batch, { now: this.#clock.now(), speed: this.#clock.speed });
      if (changed !== shown) rule.hit();
      shown = changed;
    }
    return shown;
  }
}

/** Results are lines, not a batch. */
function showsBatches(route: string): boolean {
  return route.includes('.batches.') && !route.endsWith('.results');
}

function isForResults({ route, id }: FaultyExchange, batch: AnyBatch): boolean {
  if (route === 'anthropic.batches.results') return true;
  return route.startsWith('openai.files.') && route !== 'openai.files.delete' && 'inputFileId' in batch && isResultFile(batch, id);
}

function notFound({ route, id }: FaultyExchange): ApiFailure {
  if (route.startsWith('openai.files.')) return new ApiFailure(404, `No such File object: ${id}`, { param: 'id' });
  if (route === 'anthropic.batches.results') return new ApiFailure(404, `Message Batch ${id} has no available results.`);
  return new ApiFailure(404, route.startsWith('openai.') ? `No batch found with id '${id}'.` : `Message Batch ${id} not found.`);
}
