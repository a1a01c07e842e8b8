/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. @default false */
  readonly isNumber?: boolean;
}

/** A cell: its text, and how it is painted once it has its width. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** A table for people: columns in line, two spaces apart, no trailing space. A column without any text is left out. */
export function textTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], paintTitle: (text: string) => string): string {
  const shown = columns.map((column, index) => ({ column, index })).filter(({ index }) => rows.some((row) => (row[index]?.text ?? '') !== ''));
  const widths = shown.map(({ column, index }) => Math.max(column.title.length, ...rows.map((row) => row[index]?.text.length ?? 0)));
  const line = (cellOf: (index: number, column: Column) => Cell) =>
    shown
      .map(({ column, index }, at) => {
        const { text, paint = (plain: string) => plain } = cellOf(index, column);
        const width = widths[at] ?? 0;
        const isLast = at === shown.length - 1;
        return paint(column.isNumber === true ? text.padStart(width) : isLast ? text : text.padEnd(width));
      })
      .join('  ')
      .trimEnd();
  const titles = line((_index, { title }) => ({ text: title, paint: paintTitle }));
  return [titles, ...rows.map((row) => line((index) => row[index] ?? { text: '' }))].map((text) => `${text}\n`).join('');
}

/** Text of records and of other people on a terminal: control characters, which could move the cursor, are shown as what they are. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => (character < '\u0020' ? JSON.stringify(character).slice(1, -1) : '?'));
}
