/** Result lines as they come from providers, and such as never should. Each source of chance is a seed, so that a run can be repeated. */
export class StrangeLines {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to `limit - 1` (mulberry32). */
  int(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  chance(percent: number): boolean {
    return this.int(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T; // the list is not empty
  }

  /** A line of a layout that the lines of one file share, now and then of another one. @param mutations percentage of lines that are damaged */
  line(layout: number, id: string, mutations: number): Buffer {
    const spacing = layout % 3;
    const value = this.#lineOf(this.chance(5) ? this.int(40) : layout, id);
    const text = spaced(value, spacing);
    const bytes = Buffer.from(this.chance(30) ? asciiOnly(text) : text);
    return this.chance(mutations) ? this.#mutated(bytes) : bytes;
  }

  #lineOf(layout: number, id: string): unknown {
    switch (layout % 10) {
      case 0:
      case 1:
      case 2:
        return this.#openai(id, this.#chat(layout));
      case 3:
        return this.#openai(id, this.#response());
      case 4:
        return this.#openai(id, { id: 'cmpl', object: 'text_completion', created: 1, model: 'gpt', choices: [{ text: this.#text(), index: 0, logprobs: null, finish_reason: this.#finish() }], usage: this.#usage() });
      case 5:
        return this.#openai(id, this.#embedding());
      case 6:
      case 7:
        return this.#anthropic(id, layout);
      case 8:
        return this.#failure(id);
      default:
        return { custom_id: id, response: { status_code: 200, body: this.#chat(layout) } };
    }
  }

  #openai(id: string, body: unknown): unknown {
    const response = { status_code: this.chance(98) ? 200 : this.pick([201, 400, 429, 500, 0, '200']), request_id: this.#word(), body };
    return { id: `batch_req_${this.int(1e9)}`, custom_id: this.chance(1) ? this.pick<unknown>([7, null, '']) : id, response, error: this.chance(2) ? this.pick<unknown>([{}, '', 'broken', { code: 'batch_expired', message: 'late' }]) : null };
  }

  #chat(layout: number): unknown {
    const message: Record<string, unknown> = { role: 'assistant', content: this.chance(2) ? this.pick<unknown>([null, [{ type: 'text', text: this.#text() }], 5]) : this.#text(), refusal: null };
    if (this.chance(3)) message['tool_calls'] = this.pick<unknown>([[], null, [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }]]);
    if (this.chance(2)) message['refusal'] = this.pick(['', 'I cannot']);
    if (layout % 2 === 0) message['annotations'] = [];
    const choice = { index: 0, message, logprobs: null, finish_reason: this.#finish() };
    const choices = this.chance(3) ? this.pick<unknown[]>([[], [choice, { index: 1, message: { content: 'other' }, finish_reason: 'length' }], [5, choice]]) : [choice];
    return { id: `chatcmpl-${this.int(1e9)}`, object: 'chat.completion', created: 1_760_000_000 + this.int(1e6), model: this.#model(), choices, usage: this.#usage(), ...(this.chance(10) ? { service_tier: 'default' } : {}), system_fingerprint: `fp_${this.int(1e6)}` };
  }

  #response(): unknown {
    const status = this.chance(95) ? 'completed' : this.pick(['incomplete', 'failed', 'cancelled', 'queued']);
    const part = { type: this.chance(95) ? 'output_text' : this.pick(['text', 'refusal', 'image']), annotations: [], text: this.#text() };
    const message = { id: 'msg', type: 'message', status: 'completed', role: 'assistant', content: this.chance(95) ? [part] : [part, part] };
    const output = this.chance(40) ? [{ id: 'rs', type: 'reasoning', summary: [] }, message] : [message];
    if (this.chance(2)) output.push({ id: 'fc', type: 'function_call', summary: [] });
    return { id: 'resp', object: 'response', created_at: this.int(1e9), status, error: null, incomplete_details: status === 'incomplete' ? { reason: this.pick(['max_output_tokens', 'content_filter']) } : null, model: this.#model(), output, temperature: this.pick([1, 0.7, 1e-7]), usage: { input_tokens: this.int(500), input_tokens_details: { cached_tokens: this.int(9) }, output_tokens: this.int(500), output_tokens_details: { reasoning_tokens: this.int(99) }, total_tokens: 1000 }, metadata: {} };
  }

  #embedding(): unknown {
    const vector: unknown[] = this.chance(50) ? this.#vector() : Array.from({ length: 1 + this.int(12) }, () => this.pick([0, 1, -0.00123456, 1e-9, 12.5, -3e21, this.int(1e6) / 1e6]));
    if (this.chance(3)) vector.push(this.pick<unknown>([null, '1', [1], {}]));
    const entry = { object: 'embedding', index: 0, embedding: this.chance(97) ? vector : this.pick<unknown>([[], 'AACAPw==', null]) };
    return { object: 'list', data: this.chance(97) ? [entry] : [entry, { ...entry, index: 1 }], model: 'text-embedding-3-small', usage: { prompt_tokens: this.int(50), total_tokens: this.int(50) } };
  }

  /** As models give it. */
  #vector(): number[] {
    return Array.from({ length: 1 + this.int(60) }, () => Number(((this.int(2e9) - 1e9) / (this.chance(5) ? 1e13 : 1e10)).toPrecision(9)));
  }

  #anthropic(id: string, layout: number): unknown {
    if (this.chance(5)) return { custom_id: id, result: this.pick<unknown>([{ type: 'expired' }, { type: 'canceled' }, { type: 'odd' }, { type: 'errored', error: { type: 'error', error: { type: 'overloaded_error', message: 'busy' } } }]) };
    const content: unknown[] = [{ type: 'text', text: this.#text() }];
    if (layout % 4 === 2) content.unshift({ type: 'thinking', thinking: this.#text(), signature: this.#word() });
    if (this.chance(4)) content.push(this.pick<unknown>([{ type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }, { type: 'text', text: 'more' }, 'plain', { type: 'text', text: 4 }]));
    const usage = { input_tokens: this.int(100), cache_creation_input_tokens: this.pick([0, 5, null]), cache_read_input_tokens: this.int(7), cache_creation: { ephemeral_5m_input_tokens: 0 }, output_tokens: this.chance(98) ? this.int(900) : this.pick<unknown>([-1, 1.5, null, 1e16]), service_tier: 'batch' };
    return { custom_id: id, result: { type: 'succeeded', message: { id: 'msg', type: 'message', role: 'assistant', model: this.#model(), content, stop_reason: this.pick(['end_turn', 'end_turn', 'end_turn', 'max_tokens', 'refusal', 'pause_turn', 'stop_sequence', null]), stop_sequence: null, usage } } };
  }

  #failure(id: string): unknown {
    const error = { message: this.#text(), type: 'invalid_request_error', param: null, code: this.pick([null, 'context_length_exceeded', 400]) };
    return this.pick<unknown>([
      { id: 'b', custom_id: id, response: { status_code: 400, request_id: 'r', body: { error } }, error: null },
      { id: 'b', custom_id: id, response: null, error: { code: 'batch_expired', message: 'too late' } },
      { custom_id: id, error: { message: 'plain' } },
      { custom_id: id, response: { choices: [{ message: { content: this.#text() }, finish_reason: 'stop' }] } },
      { response: {}, custom_id: id },
    ]);
  }

  #usage(): unknown {
    const prompt = this.chance(97) ? this.int(300) : this.pick<unknown>([null, '12', -1, 1.5, 1e12, 12345678901, 'many']);
    const usage = { prompt_tokens: prompt, completion_tokens: this.int(300), total_tokens: this.int(600) };
    if (this.chance(40)) return { ...usage, prompt_tokens_details: this.chance(95) ? { cached_tokens: this.int(20), audio_tokens: 0 } : null, completion_tokens_details: { reasoning_tokens: this.int(20) } };
    return this.chance(97) ? usage : this.pick<unknown>([null, {}, 'none', { ...usage, reasoning_tokens: 4 }, { input_tokens: 4 }]);
  }

  #finish(): unknown {
    return this.chance(90) ? 'stop' : this.pick<unknown>(['length', 'content_filter', 'tool_calls', 'eos', '', null, 4, 'STOP']);
  }

  #model(): string {
    return this.chance(95) ? 'gpt-4o-mini-2024-07-18' : this.pick(['m, "two"', '', 'modèle']);
  }

  #word(): string {
    return this.chance(97) ? this.int(1e9).toString(36) : this.#text();
  }

  #text(): string {
    const pieces = ['word', ' ', ',', '"', '\\', '\n', '\r\n', '\t', 'é', '日本', '😀', '\ud800', '\udc00', '\0', '\b', '\u2028', '\u00a0', '\ufeff', '/', '{"custom_id": "fake-1"}', '", "custom_id": "fake-2", "x": "', ';', 'u0041', '\u007f', '  '];
    let text = this.chance(60) ? 'Answer ' : '';
    for (let length = this.int(10); length > 0; length -= 1) text += this.pick(pieces);
    return text;
  }

  /** One damage: a byte lost, doubled, changed or added, the line cut, or a piece of it put in twice. */
  #mutated(bytes: Buffer): Buffer {
    const at = this.int(bytes.length);
    const before = bytes.subarray(0, at);
    const behind = bytes.subarray(at + 1);
    const inserted = this.pick(['"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', ' ', '\t', '\r', '\x01', '\x7f', '\xff', '\xc3', 'null', '\\u', '\\u00e9', '\\/', '\ufeff', '"custom_id":"x",', '1e5', '00', 'é']);
    switch (this.int(6)) {
      case 0:
        return Buffer.concat([before, behind]);
      case 1:
        return Buffer.concat([before, Buffer.from(inserted, inserted.length === 1 ? 'latin1' : 'utf8'), behind]);
      case 2:
        return Buffer.concat([before, Buffer.from(inserted, inserted.length === 1 ? 'latin1' : 'utf8'), bytes.subarray(at)]);
      case 3:
        return Buffer.from(before);
      case 4:
        return Buffer.concat([before, bytes.subarray(at, at + this.int(30)), bytes.subarray(at)]);
      default:
        return Buffer.concat([this.pick([Buffer.from(' '), Buffer.from('\ufeff'), Buffer.alloc(0)]), bytes, Buffer.from(this.pick(['\r', ' ', ',', '{}', '\0']))]);
    }
  }
}

/** JSON with no spaces, as Python prints it, or with odd ones. */
function spaced(value: unknown, spacing: number): string {
  if (spacing === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [comma, colon] = spacing === 1 ? [', ', ': '] : [' ,', ' :\t'];
  if (Array.isArray(value)) return `[${value.map((item) => spaced(item, spacing)).join(comma)}]`;
  return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}${colon}${spaced(item, spacing)}`).join(comma)}}`;
}

function asciiOnly(text: string): string {
  return text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
