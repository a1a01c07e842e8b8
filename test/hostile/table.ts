import type { OutcomeStatus, RunOptions } from '../../src/index.ts';
import type { ProviderName, Row } from './setting.ts';

/** One thing that goes wrong, and what a run of ten records must make of it. What is left out is as in a run without faults. */
export interface Hostility {
  readonly title: string;
  readonly faults: readonly string[] | ((name: ProviderName) => readonly string[]);
  readonly only?: ProviderName;
  readonly options?: Partial<Omit<RunOptions<Row>, 'sink'>>;
  /** Idle timeout of the provider's calls. */
  readonly timeoutMs?: number;
  /** POSTs that create a batch. @default 1 */
  readonly creates?: number;
  /** Batches that exist at the end. @default the number of creates */
  readonly batches?: number;
  /** POSTs that upload a file (OpenAI). @default 1 for each shard */
  readonly uploads?: number;
  /** Requests that were answered twice. @default 0 */
  readonly paidTwice?: number;
  /** @default all succeeded */
  readonly outcomes?: Partial<Record<OutcomeStatus, number>>;
  readonly reasons?: Readonly<Record<string, number>>;
  /** Lines of result files that found no place. */
  readonly lines?: { readonly orphans?: number; readonly duplicates?: number; readonly unparsable?: number; readonly unrecognized?: number };
  /** Codes in the side file. */
  readonly rejects?: readonly string[];
  /** Statuses of the answers on the results route, in order. */
  readonly downloads?: readonly number[] | Partial<Record<ProviderName, readonly number[]>>;
}

const results = (fault: string) => (name: ProviderName): string[] => [`${name === 'openai' ? 'openai.files.content' : 'anthropic.batches.results'} ${fault}`];

const stopped = results('nth=1 stall=during bytes=1500');

export const creating: readonly Hostility[] = [
  { title: 'create answers 500 and did nothing: one POST, and the next only after absence was proved', faults: ['*.batches.create nth=1 answer=500'], creates: 2, batches: 1 },
  { title: 'create answers 500 but did its work: found, not sent again', faults: ['*.batches.create nth=1 answer=500 when=after'] },
  { title: 'create is reset before its work', faults: ['*.batches.create nth=1 reset=before'], creates: 2, batches: 1 },
  { title: 'create is reset after its work', faults: ['*.batches.create nth=1 reset=after'] },
  { title: 'create is reset in the middle of its answer', faults: ['*.batches.create nth=1 reset=during'] },
  { title: 'create times out and did nothing', faults: ['*.batches.create nth=1 stall=before'], timeoutMs: 250, creates: 2, batches: 1 },
  { title: 'create times out after its work', faults: ['*.batches.create nth=1 stall=after'], timeoutMs: 250 },
  { title: 'create answers 200 with the page of a proxy, after its work', faults: ['*.batches.create nth=1 answer=200 html when=after'] },
  { title: 'create answers 502 with the page of a proxy', faults: ['*.batches.create nth=1 answer=502 html'], creates: 2, batches: 1 },
  { title: 'create answers 529, three times: each is looked into before the next', faults: ['*.batches.create nth=1,2,3 answer=529'], creates: 4, batches: 1 },
  { title: 'the answer of create is lost, and the batch is not listed for twenty seconds', faults: ['*.batches.create nth=1 reset=after', '*.batches.list hidden for=20s'] },
  { title: 'the answer of create is lost, and the list fails, too', faults: ['*.batches.create nth=1 reset=after', '*.batches.list nth=1,2,3 answer=503'] },
  { title: 'create answers 429 with retry-after: refused for sure, sent again', faults: ['*.batches.create nth=1 answer=429 retry-after=2'], creates: 2, batches: 1 },
  { title: 'create answers 429 with a date', faults: ['*.batches.create nth=1 answer=429 retry-after=date:5'], creates: 2, batches: 1 },
  { title: 'create answers 429 without retry-after, twice', faults: ['*.batches.create nth=1,2 answer=429'], creates: 3, batches: 1 },
  { title: 'create answers 404, the file is not visible yet (pain 30.1)', faults: ['openai.batches.create nth=1,2 answer=404'], only: 'openai', creates: 3, batches: 1, uploads: 1 },
  { title: 'the batch fails because the file is not visible yet (pain 30.1)', faults: ['batch=1 fail=invalid_request param=file_id'], only: 'openai', creates: 2, uploads: 1 },
  { title: 'the batch is unknown right after create', faults: ['*.batches.retrieve hidden=3'] },
  { title: 'token_limit_exceeded after create is a wait, with the same file (pain 4)', faults: ['batch=1 fail=token_limit_exceeded message="Enqueued token limit reached for gpt-5-mini in organization org-1. Limit: 2,000,000 enqueued tokens."'], only: 'openai', creates: 2, uploads: 1 },
  { title: 'a full queue is waited for (Anthropic answers 429)', faults: ['queue requests=5'], only: 'anthropic', options: { limits: { maxRequests: 5 }, concurrency: 1 }, creates: -1, batches: -1 },
  { title: 'two batches an hour', faults: ['hourly=2'], options: { limits: { maxRequests: 3 }, concurrency: 1 }, creates: -1, batches: -1 },
];

export const uploading: readonly Hostility[] = [
  { title: 'upload answers 500: repeated, it costs nothing', faults: ['openai.files.create nth=1 answer=500'], uploads: 2 },
  { title: 'upload answers 503, 429 and a page', faults: ['openai.files.create nth=1 answer=503', 'openai.files.create nth=2 answer=429 retry-after=1', 'openai.files.create nth=3 answer=502 html'], uploads: 4 },
  { title: 'upload is reset after its work: the file is found by name and size', faults: ['openai.files.create nth=1 reset=after'], uploads: 1 },
  { title: 'upload is reset before its work', faults: ['openai.files.create nth=1 reset=before'], uploads: 2 },
  { title: 'upload times out after its work (pain 30.2)', faults: ['openai.files.create nth=1 stall=after'], timeoutMs: 250, uploads: 1 },
  { title: 'upload is reset, and the list of files fails once', faults: ['openai.files.create nth=1 reset=after', 'openai.files.list nth=1 answer=500'], uploads: 1 },
].map((one) => ({ ...one, only: 'openai' as const }));

export const polling: readonly Hostility[] = [
  { title: 'one 502 page while polling', faults: ['*.batches.retrieve nth=1 answer=502 html'] },
  { title: 'thirty 502 pages while polling only delay (pain 19)', faults: ['*.batches.retrieve times=30 answer=502 html'] },
  { title: 'a page with status 200 while polling', faults: ['*.batches.retrieve times=3 answer=200 html'] },
  { title: '500, 503, 529 and 429 while polling', faults: [500, 503, 529, 429].map((status, index) => `*.batches.retrieve nth=${index + 1} answer=${status}`) },
  { title: 'polls that are reset, and one that never answers', faults: ['*.batches.retrieve nth=1,2 reset=before', '*.batches.retrieve nth=3 stall=before'], timeoutMs: 250 },
  { title: 'one 401 on a read is a hiccup', faults: ['*.batches.retrieve nth=2 answer=401'] },
  { title: 'a status word never seen is pending', faults: ['status=paused_for_review for=2h'] },
  { title: 'stuck in finalizing for three hours (pain 19)', faults: ['stuck=in_progress for=3h'] },
  { title: 'counters one too high', faults: ['counts=more'] },
  { title: 'counters one too low (pain 10)', faults: ['counts=fewer'] },
  { title: 'counters zero until the end (A12)', faults: ['counts=zero'] },
  { title: 'counters zero for ever', faults: ['counts=never'] },
];

export const ending: readonly Hostility[] = [
  { title: 'completed, file ids fifty seconds late (pain 28, A2)', faults: ['late=50s'], options: { pollIntervalMs: 20_000 } },
  { title: 'completed, file ids late, counters zero', faults: ['late=50s', 'counts=never'], options: { pollIntervalMs: 20_000 } },
  { title: 'completed, error file there, output file late', faults: ['row=3 error=400', 'late=50s'], options: { pollIntervalMs: 20_000 }, outcomes: { succeeded: 9, errored: 1 }, reasons: { invalid_request_error: 1 } },
  { title: '`error_file_id: ""` is none (pain 29, A2)', faults: ['error-file-id=empty'], only: 'openai', downloads: [200] },
  { title: '`error_file_id: null` is none', faults: ['error-file-id=null'], only: 'openai', downloads: [200] },
  { title: 'every row failed: no output file, every error told (pain 2)', faults: ['error=400 message="max_tokens is too large"'], outcomes: { errored: 10 }, reasons: { invalid_request_error: 10 } },
  { title: 'failed rows are in the error file (pain 1, A3)', faults: ['row=2,7 error=400'], outcomes: { succeeded: 8, errored: 2 }, reasons: { invalid_request_error: 2 } },
  { title: 'failed with an error in line 3: its record says so, the others are sent again without it (pain 15)', faults: ['batch=1 fail=invalid_json_line line=3'], only: 'openai', creates: 2, outcomes: { succeeded: 9, errored: 1 }, reasons: { invalid_json_line: 1 } },
  { title: 'failed with an error in line 3, again and again: no more than three batches', faults: ['fail=invalid_json_line line=3'], only: 'openai', creates: 3, outcomes: { errored: 10 }, reasons: { invalid_json_line: 3, batch_failed: 7 } },
  { title: 'failed without a line: each record says so, none is sent again', faults: ['fail=too_many_tasks'], only: 'openai', outcomes: { errored: 10 }, reasons: { too_many_tasks: 10 } },
  { title: 'expired half-way: finished rows salvaged, only the rest sent again (pain 3, A4)', faults: ['batch=1 expire=0.5'], options: { pollIntervalMs: 14_400_000 }, creates: 2 },
  { title: 'expired with no row done', faults: ['batch=1 expire=0'], options: { pollIntervalMs: 14_400_000 }, creates: 2 },
  { title: 'canceled half-way by the provider: salvaged, the rest sent again (pain 27, A4)', faults: ['batch=1 cancel=0.5'], creates: 2 },
  { title: 'canceled half-way by the provider, which loses a finished row', faults: ['batch=1 cancel=0.5', 'batch=1 lose=1'], creates: 2, paidTwice: 1 },
  { title: 'expired three times: the attempts are used up, and the rest says expired', faults: ['expire=0'], options: { pollIntervalMs: 14_400_000 }, creates: 3, outcomes: { expired: 10 } },
];

export const downloading: readonly Hostility[] = [
  { title: '503 once on results', faults: results('nth=1 answer=503'), downloads: [503, 200] },
  { title: '429 with retry-after and a page on results', faults: (name) => [...results('nth=1 answer=429 retry-after=3')(name), ...results('nth=2 answer=502 html')(name)], downloads: [429, 502, 200] },
  { title: 'one 401 on results', faults: results('nth=1 answer=401'), downloads: [401, 200] },
  { title: 'results are unknown for a moment', faults: results('nth=1,2 answer=404'), downloads: [404, 404, 200] },
  { title: 'connection reset mid-download: the rest is fetched (pain 8, A6)', faults: (name) => ['row=5 long=16000000', ...results('nth=1 reset=during bytes=12000000')(name)], downloads: [200, 206] },
  { title: 'reset after the first byte', faults: results('nth=1 reset=during bytes=1') },
  { title: 'reset before the first byte', faults: results('nth=1 reset=during bytes=0'), downloads: [200, 200] },
  { title: 'the body stops at every thousand bytes', faults: results('nth=1,2,3 stall=during bytes=1000'), timeoutMs: 600, downloads: [200, 206, 206, 206] },
  { title: 'a slow body is waited for', faults: results('nth=1 slow=20000'), downloads: [200] },
  { title: 'cut off, and Range is ignored: from the start', faults: (name) => [...stopped(name), ...results('nth=2 range=ignored')(name)], timeoutMs: 600, downloads: [200, 200] },
  { title: 'cut off, and a part of another range: from the start', faults: (name) => [...stopped(name), ...results('nth=2 range=wrong')(name)], timeoutMs: 600, downloads: [200, 206, 200] },
  { title: 'cut off, and a part of another file: from the start', faults: (name) => [...stopped(name), ...results('nth=2 range=etag')(name)], timeoutMs: 600, downloads: [200, 206, 200] },
  { title: 'cut off, and a part of other bytes: found out, and downloaded anew', faults: (name) => [...stopped(name), ...results('nth=2 range=other-bytes')(name)], timeoutMs: 600, downloads: [200, 206, 200] },
  { title: 'clean early end, no length announced: downloaded again, nothing is missing (A6)', faults: results('nth=1 end=1500'), downloads: [200, 200] },
  { title: 'clean early end with the short length announced', faults: results('nth=1 end=1500 announced=short'), downloads: [200, 200] },
  { title: 'clean early end at the start of a file', faults: results('nth=1 end=0'), downloads: [200, 200] },
  { title: 'clean early end twice, at different bytes', faults: (name) => [...results('nth=1 end=1500')(name), ...results('nth=2 end=2500')(name)], downloads: [200, 200, 200] },
  { title: 'a length announced too short', faults: results('nth=1 length=-5'), downloads: [200, 200] },
  { title: 'a length announced too long', faults: results('nth=1 length=5') },
  { title: 'results deleted: missing, final, not sent again (pain 24)', faults: ['gone=deleted'], outcomes: { missing: 10 }, reasons: { results_unavailable: 10 } },
  { title: 'results archived', faults: ['gone=archived'], only: 'anthropic', outcomes: { missing: 10 }, reasons: { results_unavailable: 10 } },
];

export const lines: readonly Hostility[] = [
  { title: 'malformed line between good ones (pain 17, A5)', faults: ['batch=1 row=2 malformed'], creates: 2, paidTwice: 1, lines: { unparsable: 1 }, rejects: ['unparsable'] },
  { title: 'the last line of the file is cut (A5)', faults: ['batch=1 cut=20'], creates: 2, paidTwice: 1, lines: { unparsable: 1 }, rejects: ['unparsable'] },
  { title: 'a second line, equal, for one custom_id', faults: ['row=4 duplicate=equal'], lines: { duplicates: 1 }, rejects: ['duplicate_result'] },
  { title: 'a second line, different, for one custom_id', faults: ['row=4 duplicate=different'], lines: { duplicates: 1 }, rejects: ['duplicate_result'] },
  { title: 'a second line for one id hides a missing row from the count of lines', faults: ['batch=1 row=4 duplicate=equal', 'batch=1 row=5 missing'], creates: 2, paidTwice: 1, lines: { duplicates: 1 }, rejects: ['duplicate_result'] },
  { title: 'a line with an id that nobody sent', faults: ['row=4 orphan'], lines: { orphans: 1 }, rejects: ['orphan'] },
  { title: 'blank lines', faults: ['blank'] },
  { title: 'a blank line hides a missing row from the count of lines', faults: ['batch=1 row=4 blank', 'batch=1 row=5 missing'], downloads: [200, 200, 200], creates: 2, paidTwice: 1 },
  { title: 'CRLF', faults: ['crlf'] },
  { title: 'a line of 8 MB', faults: ['row=5 long=8000000'] },
  { title: 'one row in neither file: downloaded again, then sent again', faults: ['batch=1 row=2 missing'], downloads: [200, 200, 200], creates: 2, paidTwice: 1 },
  { title: 'all rows in neither file, always: as often as maxAttempts', faults: ['missing'], creates: 3, paidTwice: 10, outcomes: { missing: 10 } },
  { title: '`status_code: 0` in the output file (pain 10, 16)', faults: ['batch=1 row=2 zero'], only: 'openai', creates: 2, paidTwice: 1 },
  { title: 'rows failed by overload: sent again, alone (pain 12)', faults: ['attempts=1 row=3,8 error=429'], creates: 2 },
  { title: 'rows failed by the server until the attempts are used up', faults: ['error=500'], creates: 3, outcomes: { errored: 10 } },
  { title: 'a filtered row, a refused one, an empty one: unusable, not bought again (pain 36)', faults: ['row=1 filtered', 'row=2 refused', 'row=3 empty'], outcomes: { succeeded: 7, unusable: 3 } },
  { title: 'a truncated row is not bought again unless allowed (pain 21)', faults: ['row=1 truncated'], outcomes: { succeeded: 9, unusable: 1 }, reasons: { truncated: 1 } },
];
