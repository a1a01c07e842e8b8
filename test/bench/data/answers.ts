import { randomFrom } from '../../crash/random.ts';
import { idOf } from './rows.ts';
import { below, digits, oddity, oneOf, phrase } from './words.ts';

const labels = ['praise', 'complaint', 'question', 'mixed'];
const dimensions = 1536;

/** A line of OpenAI's output for a chat request, about 1.27 kB, spaced as OpenAI does. One in 200 is an error, one in 50 is cut at its output limit. Pure. */
export function chatLine(index: number): string {
  const random = randomFrom(index * 8 + 3);
  if (random() < 0.005) return outputLine(random, index, 400, `{"error": {"message": "Invalid value in 'messages': ${phrase(random, 30)}.", "type": "invalid_request_error", "param": null, "code": null}}`);
  const input = 60 + below(random, 90);
  const output = 60 + below(random, 140);
  const message = `{"role": "assistant", "content": ${contentText(random)}, "refusal": null, "annotations": []}`;
  const usage =
    `{"prompt_tokens": ${input}, "completion_tokens": ${output}, "total_tokens": ${input + output}, "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}, ` +
    '"completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}';
  return outputLine(
    random,
    index,
    200,
    `{"id": "chatcmpl-${digits(random, 29)}", "object": "chat.completion", "created": ${1_780_000_000 + below(random, 1_000_000)}, "model": "gpt-4o-mini-2024-07-18", ` +
      `"choices": [{"index": 0, "message": ${message}, "logprobs": null, "finish_reason": "${random() < 0.02 ? 'length' : 'stop'}"}], "usage": ${usage}, ` +
      `"service_tier": "default", "system_fingerprint": "fp_${digits(random, 10)}"}`,
  );
}

/** A line of OpenAI's output for an embedding, about 21.5 kB. Pure. */
export function embeddingLine(index: number): string {
  const random = randomFrom(index * 8 + 4);
  const vector = Array.from({ length: dimensions }, () => ((random() - 0.5) / 5).toFixed(10));
  const tokens = 20 + below(random, 60);
  return outputLine(
    random,
    index,
    200,
    `{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [${vector.join(', ')}]}], "model": "text-embedding-3-small", "usage": {"prompt_tokens": ${tokens}, "total_tokens": ${tokens}}}`,
  );
}

/** A line of Anthropic's results. Pure. */
export function messageLine(index: number): string {
  const random = randomFrom(index * 8 + 5);
  const usage = { input_tokens: 60 + below(random, 90), cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 60 + below(random, 140), service_tier: 'batch' };
  const message = {
    id: `msg_${digits(random, 24)}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5-20251001',
    content: [{ type: 'text', text: answerText(random) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  return JSON.stringify({ custom_id: idOf(index), result: { type: 'succeeded', message } });
}

function outputLine(random: () => number, index: number, status: number, body: string): string {
  return `{"id": "batch_req_${digits(random, 32)}", "custom_id": "${idOf(index)}", "response": {"status_code": ${status}, "request_id": "${digits(random, 32)}", "body": ${body}}, "error": null}`;
}

/** The answer as JSON text; half of those with odd characters have them as \u escapes. */
function contentText(random: () => number): string {
  const text = JSON.stringify(answerText(random));
  return random() < 0.5 ? text : text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Prose, or JSON that has a `custom_id` of its own, which a careless reader would take for the line's. */
function answerText(random: () => number): string {
  const odd = random() < 0.2 ? ` ${oddity(random)} ${phrase(random, 8)}` : '';
  if (random() < 0.3) {
    const reasons = [phrase(random, 110), phrase(random, 110) + odd, phrase(random, 60)];
    return JSON.stringify({ label: oneOf(random, labels), confidence: below(random, 1000) / 1000, custom_id: idOf(99_999_999), reasons });
  }
  return `${phrase(random, 170)}.\n\n- ${phrase(random, 110)}\n- "${phrase(random, 60)}"\n${phrase(random, 80)}${odd}`;
}
