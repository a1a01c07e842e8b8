import { randomFrom } from '../../crash/random.ts';
import { below, oddity, oneOf, phrase } from './words.ts';

const categories = ['audio', 'books', 'cameras', 'clothing', 'garden', 'kitchen', 'office', 'outdoor', 'toys'];
const languages = ['cs', 'de', 'en', 'es', 'fr', 'ja', 'pl', 'pt'];

/** A record of the sources: a product review, about 264 bytes as CSV. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly category: string;
  readonly lang: string;
  readonly price: number;
  readonly created_at: string;
  readonly url: string;
}

/** The fields of a record, in order. */
export const columns = ['id', 'title', 'text', 'category', 'lang', 'price', 'created_at', 'url'] as const satisfies readonly (keyof Row)[];

/** The id of the record at a position. */
export const idOf = (index: number): string => `row-${String(index).padStart(8, '0')}`;

/** The record at a position: always the same one, whatever the number of records. Pure. */
export function rowOf(index: number): Row {
  const random = randomFrom(index * 8 + 1);
  return {
    id: idOf(index),
    title: phrase(random, 22 + below(random, 18)),
    text: reviewText(random),
    category: oneOf(random, categories),
    lang: oneOf(random, languages),
    price: (100 + below(random, 99_900)) / 100,
    created_at: `2026-${twoDigits(1 + below(random, 12))}-${twoDigits(1 + below(random, 28))}T${twoDigits(below(random, 24))}:30:00Z`,
    url: `https://reviews.example/r/${100_000 + below(random, 900_000)}`,
  };
}

/** One in six holds what is not ASCII, one in four a comma, one in eight quotation marks, one in twenty a line feed. */
function reviewText(random: () => number): string {
  let text = phrase(random, 94 + below(random, 76));
  if (random() < 1 / 6) text += ` ${oddity(random)} ${phrase(random, 10)}`;
  if (random() < 1 / 4) text += `, ${phrase(random, 10)}`;
  if (random() < 1 / 8) text += ` "${phrase(random, 8)}"`;
  if (random() < 1 / 20) text += `\n${phrase(random, 16)}`;
  return text;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A record as a line of CSV. */
export const csvLine = (row: Row): string => `${columns.map((column) => csvField(String(row[column]))).join(',')}\n`;

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A record whose request has about 4 kB, for the uploads. */
export function wideRowOf(index: number): { readonly id: string; readonly text: string } {
  const random = randomFrom(index * 8 + 2);
  return { id: idOf(index), text: `${oddity(random)} ${phrase(random, 3780)}` };
}
