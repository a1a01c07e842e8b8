import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizes: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 };

/** `500ms`, `30s`, `2h` in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  const duration = Number(match?.[1]) * (unit ?? NaN);
  if (!(duration > 0)) throw new InvalidArgumentError('Expected a duration such as 500ms, 30s, 10m or 2h.');
  return duration;
}

/** `64MB`, `200MiB` or a plain number of bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?I?B)?$/i.exec(text);
  const unit = sizes[(match?.[2] ?? 'B').toUpperCase()];
  const bytes = Math.floor(Number(match?.[1]) * (unit ?? NaN));
  if (!(bytes > 0)) throw new InvalidArgumentError('Expected a size such as 64MB, 200MiB or 1048576.');
  return bytes;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return Number(text);
}

/** A TCP port; 0 takes any free one. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Expected a port from 0 to 65535.');
  return Number(text);
}

/** The date that names a version of Anthropic's API. */
export function parseVersion(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidArgumentError('Expected a date such as 2023-06-01.');
  return text;
}

/** US dollars, as `12.50` or `$12.50`. */
export function parseUsd(text: string): number {
  if (!/^\$?\d+(\.\d+)?$/.test(text) || !(Number(text.replace('$', '')) > 0)) throw new InvalidArgumentError('Expected a sum in US dollars above 0, such as 12.50.');
  return Number(text.replace('$', ''));
}

/** A positive factor. */
export function parseFactor(text: string): number {
  const factor = Number(text);
  if (!(factor > 0) || !Number.isFinite(factor)) throw new InvalidArgumentError('Expected a number above 0.');
  return factor;
}

/** `key=json`, collected; text that is not JSON is taken as a string, so that `--param reasoning_effort=low` works. */
export function parseParameter(text: string, previous: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=json, such as dimensions=256.');
  return { ...previous, [text.slice(0, at)]: parseLoose(text.slice(at + 1)) };
}

/** `key=value`, collected; the value is a text. */
export function parsePair(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected key=value, such as team=search.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

function parseLoose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (/^[[{"]/.test(text)) throw new InvalidArgumentError(`${text} is not valid JSON.`);
    return text;
  }
}

/** Collects a repeatable flag. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
