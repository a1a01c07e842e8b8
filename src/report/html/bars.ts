import type { Histogram } from '../histogram.ts';
import { quantileBound } from '../histogram.ts';
import { escapeHtml } from './escape.ts';
import { count, percent } from './words.ts';

/** Part of a bar: where it begins and how long it is, as shares of the whole from 0 to 1. */
export interface BarPart {
  readonly from: number;
  readonly size: number;
  /** Class of its color. */
  readonly kind: string;
  /** What it says when pointed at. */
  readonly title: string;
}

const share = (value: number): string => `${Number((Math.min(1, Math.max(0, value)) * 100).toFixed(3))}%`;

/**
 * A bar of parts, as SVG that is as wide as its place: no script, colors by class, so that it follows light, dark and paper. Hidden from
 * screen readers, because the words beside it say the same. Pure.
 */
export function bar(parts: readonly BarPart[], height = 14): string {
  const rects = parts.map(({ from, size, kind, title }) => `<rect class="${kind}" x="${share(from)}" width="${share(size)}" height="${height}"><title>${escapeHtml(title)}</title></rect>`);
  return `<svg class="bar" width="100%" height="${height}" aria-hidden="true" focusable="false">${rects.join('')}</svg>`;
}

/** A histogram as a table of bars, without the empty buckets at both ends. Pure. */
export function histogram(data: Histogram, { caption, unit }: { readonly caption: string; readonly unit: (value: number) => string }): string {
  const { edges, counts, total, sum, max } = data;
  const first = counts.findIndex((value) => value > 0);
  const last = counts.findLastIndex((value) => value > 0);
  const most = Math.max(...counts);
  const rows = counts.slice(first, last + 1).map((value, offset) => {
    const range = rangeOf(edges, first + offset, unit);
    return `<tr><th scope="row">${range}</th><td class="wide">${bar(value === 0 ? [] : [{ from: 0, size: value / most, kind: 'plain', title: `${range}: ${count(value)}` }])}</td><td class="number">${count(value)}</td></tr>`;
  });
  const facts = `Mean ${unit(sum / total)}; half at most ${unit(quantileBound(data, 0.5))}, 95% at most ${unit(quantileBound(data, 0.95))}; largest ${unit(max)}.`;
  return `<table class="bars"><caption>${escapeHtml(caption)}</caption><thead class="unseen"><tr><th scope="col">range</th><th scope="col">bar</th><th scope="col">number</th></tr></thead><tbody>${rows.join('')}</tbody></table><p class="note">${facts}</p>`;
}

function rangeOf(edges: readonly number[], bucket: number, unit: (value: number) => string): string {
  const [from, to] = [edges[bucket - 1], edges[bucket]];
  if (from === undefined) return `below ${unit(to ?? 0)}`;
  return to === undefined ? `${unit(from)} or more` : `${unit(from)} – ${unit(to)}`;
}

/** One bar over all outcomes, with a legend that says the same in words. Pure. */
export function stackedBar(parts: readonly { readonly name: string; readonly value: number; readonly kind: string; readonly meaning?: string }[], total: number): string {
  let from = 0;
  const shown = parts.filter(({ value }) => value > 0);
  const pieces = shown.map(({ name, value, kind }) => {
    const size = total === 0 ? 0 : value / total;
    const piece = { from, size, kind, title: `${name}: ${count(value)}` };
    from += size;
    return piece;
  });
  const legend = shown.map(({ name, value, kind, meaning }) => `<li><svg class="swatch" width="12" height="12" aria-hidden="true"><rect class="${kind}" width="12" height="12" rx="2"/></svg><span class="name">${name}</span> <strong>${count(value)}</strong> <span class="soft">${percent(value, total)}${meaning === undefined ? '' : ` · ${meaning}`}</span></li>`);
  return `${bar(pieces, 30)}<ul class="legend">${legend.join('')}</ul>`;
}
