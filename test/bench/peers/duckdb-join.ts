import { openDuckdb, quoted, sourceTable } from './duckdb.ts';

// duckdb-join csv|jsonl SOURCE RESULTS_FOLDER OUTPUT: what `millrace join` writes, in the order of the source.

const [, , format = '', source = '', folder = '', output = ''] = process.argv;
const database = await openDuckdb();
const usage = '"usage" STRUCT(prompt_tokens INTEGER, completion_tokens INTEGER, prompt_tokens_details STRUCT(cached_tokens INTEGER), completion_tokens_details STRUCT(reasoning_tokens INTEGER))';
const body = `STRUCT(model VARCHAR, choices STRUCT(message STRUCT(content VARCHAR), finish_reason VARCHAR)[], ${usage}, error STRUCT(message VARCHAR, "type" VARCHAR, code VARCHAR))`;
const lines = `read_json(${quoted(`${folder}/*.jsonl`)}, format = 'newline_delimited', columns = {custom_id: 'VARCHAR', response: 'STRUCT(status_code INTEGER, body ${body})'})`;
const results = `
  SELECT custom_id, response.status_code AS status_code, response.body.model AS model, response.body.choices[1].message.content AS answer,
    response.body.choices[1].finish_reason AS finish_reason, response.body.usage AS tokens, response.body.error AS error
  FROM ${lines}`;
const status = `CASE WHEN custom_id IS NULL THEN 'missing' WHEN status_code <> 200 THEN 'errored' WHEN finish_reason = 'length' THEN 'unusable' ELSE 'succeeded' END`;
const reason = `CASE WHEN status_code <> 200 THEN coalesce(error.code, error.type) WHEN finish_reason = 'length' THEN 'truncated' END`;
const columns = `${status} AS result_status, ${reason} AS result_reason, answer AS result_text, finish_reason AS result_finish_reason, model AS result_model,
  tokens.prompt_tokens AS result_input_tokens, tokens.completion_tokens AS result_output_tokens, id AS result_custom_id`;
const usageObject = `CASE WHEN tokens IS NULL THEN NULL ELSE {'inputTokens': tokens.prompt_tokens, 'outputTokens': tokens.completion_tokens,
  'cachedInputTokens': tokens.prompt_tokens_details.cached_tokens, 'reasoningTokens': tokens.completion_tokens_details.reasoning_tokens} END`;
const errorObject = `CASE WHEN status_code <> 200 THEN {'code': coalesce(error.code, error.type), 'message': error.message, 'type': error.type, 'status': status_code} END`;
const object = `{'status': ${status}, 'reason': ${reason}, 'text': answer, 'finishReason': finish_reason, 'model': model, 'usage': ${usageObject}, 'customId': id, 'error': ${errorObject}} AS result`;
await database.run(`
  COPY (
    SELECT source.* EXCLUDE (place), ${format === 'csv' ? columns : object}
    FROM (SELECT *, row_number() OVER () AS place FROM ${sourceTable(format, source)}) AS source LEFT JOIN (${results}) AS result ON source.id = result.custom_id
    ORDER BY place
  ) TO ${quoted(output)} (${format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT json'})
`);
