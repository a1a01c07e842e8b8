import type { Fetch } from '../transport.ts';
import { fieldsOf, textOf } from '../values.ts';

/**
 * Wraps a `fetch` so that the words of every error survive the SDK, which reads `error` of the body only: servers built on
 * FastAPI answer `{detail}` (DeepInfra, vLLM), others `{message}` or `{errors}`. Answers below 400 pass untouched.
 */
export function withErrorEnvelope(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.status < 400) return response;
    const text = await response.text();
    return new Response(enveloped(text), { status: response.status, headers: response.headers });
  };
}

function enveloped(text: string): string {
  const fields = parsed(text);
  if (fieldsOf(fields?.error)) return text;
  const words = textOf(fields?.error) ?? wordsOf(fields?.detail) ?? wordsOf(fields?.message) ?? (text.trim() || 'no reason given');
  return JSON.stringify({ error: { message: words, code: fields?.code ?? null } });
}

function wordsOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : (textOf(value) ?? JSON.stringify(value));
}

function parsed(text: string): ReturnType<typeof fieldsOf> {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
