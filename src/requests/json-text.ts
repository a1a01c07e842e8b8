/** Quotes, backslashes, control characters, and surrogates: of these only the lone ones are escaped, which `JSON.stringify` tells apart. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const escapable = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A text as it stands inside a JSON string, as `JSON.stringify` writes it; most need no escaping, and are found out by one pass. */
export function jsonText(text: string): string {
  return escapable.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
