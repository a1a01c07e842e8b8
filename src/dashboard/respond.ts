import type { ServerResponse } from 'node:http';
import { visible } from '../report/html/escape.ts';

/** Sent with everything: the page takes code and style from here alone, text never becomes markup, and nothing may frame it. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Data as the page gets it: in texts that may come from anybody, what would not show is named. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? visible(inner) : inner));
}

/** Ends a response with data. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...safeHeaders, 'content-type': 'application/json; charset=utf-8' }).end(toJson(value));
}

/** Ends a response with words. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
