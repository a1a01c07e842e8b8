/**
 * US dollars as people read them: four digits behind the point, and of less than a tenth of a cent two digits that say something. Pure.
 *
 * @param wholeDigits digits behind the point from a dollar on, and of nothing at all
 */
export function dollars(value: number, wholeDigits = 4): string {
  if (value > 0 && value < 0.001) return `$${value.toFixed(Math.min(20, 1 + Math.ceil(-Math.log10(value))))}`;
  return `$${value.toFixed(value >= 1 || value === 0 ? wholeDigits : 4)}`;
}
