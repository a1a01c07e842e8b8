import { request } from '../request.ts';
import { openDuckdb, quoted, sourceTable } from './duckdb.ts';

// duckdb-build csv|jsonl|json SOURCE FOLDER: request files from records in one pass of the partitioned writer.

const [, , format = '', source = '', folder = ''] = process.argv;
const shardRequests = 50_000;
const database = await openDuckdb();
const body = `{
  'model': ${quoted(request.model)},
  'messages': [
    {'role': 'system', 'content': ${quoted(request.system)}},
    {'role': 'user', 'content': 'Title: ' || title || E'\\n\\nReview: ' || text}
  ],
  'max_tokens': ${request.maxTokens}
}`;
const requests = `SELECT id AS custom_id, 'POST' AS method, '/v1/chat/completions' AS url, ${body} AS body FROM ${sourceTable(format, source)}`;
// Its JSON writer cannot partition, so each line is written as a table of one column without quotes.
await database.run(`
  COPY (SELECT to_json(request)::VARCHAR AS line, (row_number() OVER () - 1) // ${shardRequests} AS shard FROM (${requests}) AS request)
  TO ${quoted(folder)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01', PARTITION_BY (shard), OVERWRITE_OR_IGNORE, FILE_EXTENSION 'jsonl')
`);
