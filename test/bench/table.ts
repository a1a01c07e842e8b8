/** A table: a title for each column, and the cells. Columns but the first are aligned to the right where their title says so. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** The table for a terminal. */
export function textTable({ columns, rows }: Table): string {
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const cell = (text: string, at: number) => (columns[at]?.isNumber === true ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0));
  const line = (cells: readonly string[]) => `  ${cells.map(cell).join('  ').trimEnd()}\n`;
  return [columns.map(({ title }) => title), ...rows].map(line).join('');
}

/** The table for a README. */
export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [columns.map(({ title }) => title), columns.map(({ isNumber }) => (isNumber === true ? '---:' : '---')), ...rows].map(line).join('');
}
