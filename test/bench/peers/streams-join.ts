import { createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { mapping, parsedLines, recordStream, type StreamRecord } from './streams.ts';

// streams-join csv|jsonl SOURCE RESULTS_FOLDER OUTPUT: what `millrace join` writes, with the results in a Map and the records in an object stream.

/** The parts of OpenAI's output line that are read. */
interface OutputLine {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: ChatBody & { readonly error?: { readonly code: string | null; readonly type: string; readonly message: string } } };
}

interface ChatBody {
  readonly model: string;
  readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
    readonly completion_tokens_details: { readonly reasoning_tokens: number };
  };
}

const [, , format = '', source = '', folder = '', output = ''] = process.argv;
const outcomes = new Map<string, StreamRecord>();
for (const name of readdirSync(folder).sort()) {
  for await (const line of parsedLines(join(folder, name))) {
    // The generator wrote it.
    const result = line as unknown as OutputLine;
    outcomes.set(result.custom_id, outcomeOf(result));
  }
}

function outcomeOf({ custom_id: customId, response: { status_code: status, body } }: OutputLine): StreamRecord {
  if (body.error !== undefined) {
    const { type, message } = body.error;
    const code = body.error.code ?? type;
    return { status: 'errored', reason: code, customId, error: { code, message, type, status } };
  }
  const [choice] = body.choices;
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens, prompt_tokens_details: input, completion_tokens_details: answer } = body.usage;
  const isCut = choice?.finish_reason === 'length';
  return {
    status: isCut ? 'unusable' : 'succeeded',
    reason: isCut ? 'truncated' : undefined,
    text: choice?.message.content,
    finishReason: choice?.finish_reason,
    model: body.model,
    usage: { inputTokens, outputTokens, cachedInputTokens: input.cached_tokens, reasoningTokens: answer.reasoning_tokens },
    customId,
  };
}

function outcomeFor({ id }: StreamRecord): StreamRecord {
  return outcomes.get(String(id)) ?? { status: 'missing', customId: id };
}

function withColumns(record: StreamRecord): StreamRecord {
  const { status, reason, text, finishReason, model, usage, customId } = outcomeFor(record);
  const { inputTokens, outputTokens } = (usage ?? {}) as StreamRecord;
  return {
    ...record,
    result_status: status,
    result_reason: reason,
    result_text: text,
    result_finish_reason: finishReason,
    result_model: model,
    result_input_tokens: inputTokens,
    result_output_tokens: outputTokens,
    result_custom_id: customId,
  };
}

const records = recordStream(format, source);
if (format === 'csv') await pipeline(records, mapping(withColumns), stringify({ header: true }), createWriteStream(output));
else await pipeline(records, mapping((record: StreamRecord) => `${JSON.stringify({ ...record, result: outcomeFor(record) })}\n`), createWriteStream(output));
