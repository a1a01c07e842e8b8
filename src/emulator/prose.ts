import { between, pick, type Random } from './random.ts';

/** Some are not ASCII on purpose: the two providers write them differently in result files. */
const WORDS = [
  'river', 'wheel', 'stone', 'grain', 'water', 'channel', 'steady', 'quiet', 'morning', 'harvest', 'bridge', 'valley', 'slow',
  'bright', 'turns', 'carries', 'grinds', 'follows', 'rests', 'meets', 'under', 'beyond', 'between', 'with', 'across', 'each',
  'the', 'a', 'and', 'while', 'naïve', 'café', 'Mühle', 'größer', '水車', '“quoted”', 'über',
] as const;

/** A few words. */
export function words(count: number, random: Random): string {
  return Array.from({ length: count }, () => pick(WORDS, random)).join(' ');
}

/** One to three made-up sentences. */
export function prose(random: Random): string {
  return Array.from({ length: between(1, 3, random) }, () => sentence(random)).join(' ');
}

function sentence(random: Random): string {
  const text = words(between(6, 16, random), random);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
