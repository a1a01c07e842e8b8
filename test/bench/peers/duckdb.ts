import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** A database in memory. @param threads how many it uses; its own choice without */
export async function openDuckdb(threads?: number): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', threads === undefined ? {} : { threads: String(threads) });
  return instance.connect();
}

/** A text as SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const jsonColumns = "{id: 'VARCHAR', title: 'VARCHAR', text: 'VARCHAR', category: 'VARCHAR', lang: 'VARCHAR', price: 'DOUBLE', created_at: 'VARCHAR', url: 'VARCHAR'}";

/** The table function that reads a source, its columns known beforehand. */
export function sourceTable(format: string, path: string): string {
  if (format === 'csv') return `read_csv(${quoted(path)}, header = true, all_varchar = true, quote = '"', escape = '"', new_line = '\\n')`;
  return `read_json(${quoted(path)}, format = '${format === 'json' ? 'array' : 'newline_delimited'}', columns = ${jsonColumns})`;
}
