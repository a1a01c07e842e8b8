import Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { createBatch, HOUR, rowsOf, start, stream, textOf, upload, type Endpoint } from '../emulator/harness.ts';

/** What became of a batch input file at a provider. */
export interface Verdict {
  /** Refused as a whole: at upload, at create or by validation. */
  readonly isRefused: boolean;
  /** Lines that validation named. */
  readonly lines: readonly number[];
  /** Ids whose requests ended as errored. */
  readonly errored: readonly string[];
}

const refused: Verdict = { isRefused: true, lines: [], errored: [] };

/** Endpoints for which the emulator makes up no answer get one here, so that only what a provider refuses fails. */
const answer = ({ endpoint }: { endpoint: string }): object | undefined => (/images|videos/.test(endpoint) ? { created: 1, data: [] } : undefined);

/** An emulator to judge files by, over HTTP with the official clients. */
export async function startJudge() {
  const { openai, emulator, clock } = await start({ validationErrors: 'all', answer });
  return {
    openai: (content: string | Buffer, endpoint: string) => judgeOpenAI(openai, content, endpoint, clock),
    anthropic: (content: string | Buffer, version = '2026-10-21') => judgeAnthropic(emulator.anthropicBaseUrl, content, version, clock),
  };
}

type Clock = { advance(milliseconds: number): void };

async function judgeOpenAI(openai: OpenAI, content: string | Buffer, endpoint: string, clock: Clock): Promise<Verdict> {
  const uploaded = await upload(openai, content).catch(() => undefined);
  if (uploaded === undefined) return refused;
  // The endpoint is what the file says; create refuses one that is none.
  const created = await createBatch(openai, content, endpoint as Endpoint).catch(() => undefined);
  if (created === undefined) return refused;
  clock.advance(HOUR);
  const { status, errors, error_file_id: errorFile } = await openai.batches.retrieve(created.id);
  if (status === 'failed') return { ...refused, lines: (errors?.data ?? []).flatMap(({ line }) => line ?? []) };
  if (status !== 'completed') throw new Error(`The batch is ${status}.`);
  return { isRefused: false, lines: [], errored: errorFile ? rowsOf(await textOf(openai, errorFile)).map((row) => row.custom_id) : [] };
}

async function judgeAnthropic(baseURL: string, content: string | Buffer, version: string, clock: Clock): Promise<Verdict> {
  const headers = { 'x-api-key': 'sk-test', 'anthropic-version': version, 'content-type': 'application/json' };
  const { status, text } = await stream(`${baseURL}/v1/messages/batches`, headers, [Buffer.from(content)]);
  if (status !== 200) return refused;
  const { id } = JSON.parse(text) as { id: string };
  clock.advance(HOUR);
  const anthropic = new Anthropic({ baseURL, apiKey: 'sk-test', maxRetries: 0 });
  const errored: string[] = [];
  for await (const row of await anthropic.messages.batches.results(id)) if (row.result.type === 'errored') errored.push(row.custom_id);
  return { isRefused: false, lines: [], errored };
}

