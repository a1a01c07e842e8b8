import { openDuckdb, quoted, sourceTable } from './duckdb.ts';

// duckdb-embeddings SOURCE RESULTS_FOLDER OUTPUT: vectors joined to JSON lines, in the order of the source.

const [, , source = '', folder = '', output = ''] = process.argv;
const database = await openDuckdb(1);
const body = 'STRUCT(data STRUCT(embedding DOUBLE[])[], model VARCHAR, "usage" STRUCT(prompt_tokens INTEGER))';
const results = `read_json(${quoted(`${folder}/*.jsonl`)}, format = 'newline_delimited', maximum_object_size = 33554432, columns = {custom_id: 'VARCHAR', response: 'STRUCT(body ${body})'})`;
const object = `{
  'status': CASE WHEN custom_id IS NULL THEN 'missing' ELSE 'succeeded' END,
  'embedding': response.body.data[1].embedding,
  'model': response.body.model,
  'usage': CASE WHEN custom_id IS NULL THEN NULL ELSE {'inputTokens': response.body.usage.prompt_tokens, 'outputTokens': 0} END,
  'customId': id
} AS result`;
await database.run(`
  COPY (
    SELECT source.* EXCLUDE (place), ${object}
    FROM (SELECT *, row_number() OVER () AS place FROM ${sourceTable('jsonl', source)}) AS source LEFT JOIN ${results} AS result ON source.id = result.custom_id
    ORDER BY place
  ) TO ${quoted(output)} (FORMAT json)
`);
