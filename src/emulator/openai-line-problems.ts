import { isObject, stringMember, type JsonObject } from './json.ts';

/** A problem of one line, before its number is known. */
interface LineProblem {
  readonly code: string;
  readonly param: string;
  readonly message: string;
}

/** What the check of a line must know of the lines before. */
interface Known {
  readonly endpoint: string;
  readonly ids: ReadonlySet<string>;
  /** Model of the first line. */
  readonly model: string | undefined;
}

const REQUIRED = ['custom_id', 'method', 'url', 'body'];

/** The model a request line asks for. */
export function modelOf({ body }: JsonObject): string | undefined {
  return stringMember(body, 'model') || undefined;
}

function* missing(line: JsonObject): Generator<LineProblem> {
  for (const param of REQUIRED) {
    if (line[param] !== undefined && line[param] !== null && line[param] !== '') continue;
    yield { code: 'missing_required_parameter', param, message: `Missing required parameter: '${param}'.` };
  }
}

function* wrong({ custom_id: customId, method, url, body }: JsonObject, { ids, endpoint }: Known): Generator<LineProblem> {
  if (typeof customId !== 'string') {
    yield { code: 'invalid_type', param: 'custom_id', message: `Invalid type for 'custom_id': expected a string, but got ${typeof customId} instead.` };
  } else if (ids.has(customId)) {
    const message = `The custom_id '${customId}' for this request is a duplicate of another request. The custom_id parameter must be unique for each request in a batch.`;
    yield { code: 'duplicate_custom_id', param: 'custom_id', message };
  }
  if (method !== 'POST') yield { code: 'invalid_method', param: 'method', message: `Invalid method ${JSON.stringify(method)}: only POST is supported.` };
  if (url !== endpoint) {
    yield { code: 'invalid_url', param: 'url', message: `The URL provided for this request does not match the batch endpoint ('${endpoint}').` };
  }
  if (!isObject(body)) yield { code: 'invalid_type', param: 'body', message: "Invalid type for 'body': expected an object." };
}

function* wrongModel(body: JsonObject, { endpoint, model: expected }: Known): Generator<LineProblem> {
  const { model } = body;
  const param = 'body.model';
  if (typeof model !== 'string' || model === '') {
    if (endpoint !== '/v1/moderations') yield { code: 'invalid_request', param, message: 'Model parameter is required.' };
  } else if (model.startsWith('no-such-')) {
    yield { code: 'model_not_found', param, message: `The provided model '${model}' is not supported by the Batch API.` };
  } else if (expected !== undefined && model !== expected) {
    yield { code: 'mismatched_model', param, message: `The provided model '${model}' does not match the rest of the batch ('${expected}'). Each batch must contain requests for a single model.` };
  }
}

function* wrongBody(body: JsonObject, { endpoint }: Known): Generator<LineProblem> {
  const isChat = endpoint === '/v1/chat/completions';
  if (body['stream'] === true) {
    const api = isChat ? 'Chat Completions' : endpoint;
    yield { code: 'streaming_unsupported', param: 'body.stream', message: `${api}: Streaming is not supported in the Batch API.` };
  }
  if (isChat && (body['messages'] === undefined || body['messages'] === null)) {
    yield { code: 'invalid_request', param: 'body.messages', message: 'Messages parameter is required.' };
  }
}

/** What is wrong with a request line, in the order in which it is looked at. A line that lacks something is checked no further. */
export function problemsOf(line: JsonObject, known: Known): LineProblem[] {
  const lacking = [...missing(line)];
  if (lacking.length > 0) return lacking;
  const { body } = line;
  const inBody = isObject(body) ? [...wrongModel(body, known), ...wrongBody(body, known)] : [];
  return [...wrong(line, known), ...inBody];
}
