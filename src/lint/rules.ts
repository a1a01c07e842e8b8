import type { BodyError, BodyWarning } from '../requests/body-finding.ts';

/** An error is refused at upload, at create or by validation, or its record ends as errored. A warning may be, or is a waste. */
export type Severity = 'error' | 'warning';

interface RuleEntry {
  readonly severity: Severity;
  readonly meaning: string;
}

/** Every rule by its stable name, in the order of the README's table, which a test holds to this one. */
export const lintRules = {
  // The file
  empty_file: { severity: 'error', meaning: 'The file holds no request.' },
  byte_order_mark: { severity: 'error', meaning: 'A byte order mark stands before a line: no JSON begins with one. Fixable.' },
  blank_line: { severity: 'error', meaning: 'A line of a JSONL file is blank. Fixable.' },
  not_utf8: { severity: 'error', meaning: 'Bytes that are no UTF-8.' },
  json_array: { severity: 'error', meaning: 'The file is one JSON array, where each line must be an object of its own.' },
  carriage_return: { severity: 'warning', meaning: 'A line ends in CRLF. Fixable.' },
  surrounding_space: { severity: 'warning', meaning: 'White space stands before or after the object of a line. Fixable.' },
  file_name: { severity: 'warning', meaning: 'OpenAI takes no file whose name ends otherwise than in .jsonl.' },
  // One request
  invalid_json: { severity: 'error', meaning: 'A line is not JSON; the column is where it stops being so.' },
  not_an_object: { severity: 'error', meaning: 'A line is JSON, but no object.' },
  missing_field: { severity: 'error', meaning: '`custom_id`, `method`, `url` or `body` (Anthropic: `custom_id` or `params`) is missing.' },
  wrong_type: { severity: 'error', meaning: 'A field of a request has another type than it must have.' },
  unknown_field: { severity: 'warning', meaning: 'A request has a field beside those that are read.' },
  unknown_member: { severity: 'error', meaning: 'The body of an Anthropic batch has a member beside `requests`, or has it twice.' },
  invalid_custom_id: { severity: 'error', meaning: 'The custom_id has characters or a length that the provider refuses. Fixable.' },
  long_custom_id: { severity: 'warning', meaning: 'The custom_id is longer than 512 characters. Fixable.' },
  duplicate_custom_id: { severity: 'error', meaning: 'Two requests have the same custom_id; both lines are named.' },
  wrong_method: { severity: 'error', meaning: 'The method is not POST.' },
  unknown_url: { severity: 'error', meaning: 'The url is none that OpenAI has batches for.' },
  mixed_urls: { severity: 'error', meaning: 'The url is not that of the batch, which has one for all.' },
  mixed_models: { severity: 'error', meaning: 'The model is not that of the batch, which has one for all (OpenAI).' },
  // Its body
  missing_parameter: { severity: 'error', meaning: 'The body lacks the model, the messages or the input, or the limit that Anthropic needs.' },
  streaming: { severity: 'error', meaning: '`stream: true` is not possible in a batch.' },
  unsupported_parameter: { severity: 'error', meaning: 'A parameter that the model, the API version or a batch does not take: `temperature` with gpt-5, `max_tokens` for `max_completion_tokens`.' },
  wrong_endpoint: { severity: 'error', meaning: 'The model does not serve this endpoint.' },
  invalid_limit: { severity: 'error', meaning: 'The output limit is no whole number from 1 on.' },
  invalid_messages: { severity: 'error', meaning: '`messages` is no array of messages, is empty, or one of them lacks its role or content.' },
  system_role: { severity: 'error', meaning: 'A message with the role "system" stands in Anthropic `messages`.' },
  unsupported_block: { severity: 'error', meaning: 'A content block that the API version refuses.' },
  empty_input: { severity: 'error', meaning: 'An embedding has no text.' },
  too_many_inputs: { severity: 'error', meaning: 'One embedding request has more texts than it may.' },
  invalid_dimensions: { severity: 'error', meaning: 'More dimensions than the embedding model has.' },
  unknown_model: { severity: 'warning', meaning: 'No rule knows the model, so that its parameters were not checked.' },
  unknown_parameter: { severity: 'warning', meaning: 'The endpoint is not known to take this parameter.' },
  empty_prompt: { severity: 'warning', meaning: 'Nothing but white space is asked.' },
  context_overflow: { severity: 'warning', meaning: 'The prompt is probably longer than the model can hold.' },
  // The batch
  too_large: { severity: 'error', meaning: 'One request is larger than a whole batch may be.' },
  too_many_requests: { severity: 'error', meaning: 'More requests than a batch may have.' },
  too_many_embedding_inputs: { severity: 'error', meaning: 'More embedding inputs than a batch may have.' },
  file_too_large: { severity: 'error', meaning: 'More bytes than a batch may have.' },
  nearly_too_large: { severity: 'warning', meaning: 'Between 256 MB and 256 MiB, where it is not known whether Anthropic takes it.' },
  // A source of records
  unreadable_record: { severity: 'error', meaning: 'A source record cannot be parsed: it would be rejected, and not sent.' },
  failed_template: { severity: 'error', meaning: 'A template or a function fails for a source record: it would be rejected, and not sent.' },
  unbuildable_request: { severity: 'error', meaning: 'The request of a source record cannot be made, or not be sent as JSON.' },
} as const satisfies Record<string, RuleEntry> & Record<BodyError | BodyWarning, RuleEntry>;

/** The name of a rule: stable, so that scripts may match on it. */
export type LintRule = keyof typeof lintRules;
