export const reviews = 'id,text\na,"Lovely, really"\nb,Broke at once\nc,Fine\n';

/** Its second row has a field too many. */
export const ragged = 'id,text\na,Lovely\nb,Broke at once,extra\nc,Fine\n';

/** A line as OpenAI writes it to the output file of a batch. */
export function answerLine(customId: string, content: string): string {
  const body = {
    id: 'chatcmpl-BkC4x2lzT9',
    object: 'chat.completion',
    created: 1_795_330_800,
    model: 'gpt-5-mini-2025-08-07',
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
  };
  return `${JSON.stringify({ id: `batch_req_${customId}`, custom_id: customId, response: { status_code: 200, request_id: 'req_1', body }, error: null })}\n`;
}

/** A line as OpenAI writes it to the error file of a batch. */
export function errorLine(customId: string): string {
  const body = { error: { message: 'The server had an error while processing your request.', type: 'server_error', param: null, code: null } };
  return `${JSON.stringify({ id: `batch_req_${customId}`, custom_id: customId, response: { status_code: 500, request_id: 'req_2', body }, error: null })}\n`;
}

/** Files that make Node believe, with `NODE_OPTIONS='--import ./absent.js'`, that a package is not installed. */
export function withoutPackage(name: string): Record<string, string> {
  const hooks = `export function resolve(specifier, context, next) {
    if (specifier === '${name}') throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(specifier, context);
  }`;
  return { 'package.json': '{"type":"module"}', 'absent.js': "import { register } from 'node:module';\nregister('./hooks.js', import.meta.url);\n", 'hooks.js': hooks };
}
