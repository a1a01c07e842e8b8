/** US dollars as people read them: four digits behind the point, and of less than a tenth of a cent two digits that say something. Pure. */
export function dollars(value: number): string {
  const digits = value > 0 && value < 0.001 ? Math.min(20, 1 + Math.ceil(-Math.log10(value))) : 4;
  return `$${value.toFixed(digits)}`;
}
