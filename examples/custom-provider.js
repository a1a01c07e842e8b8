// A provider of your own: an adapter to "acme", a small batch API with one call to make a job and one to read it.
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ProviderError, run } from 'millrace';

/** @returns {import('millrace').Provider} */
function acme(baseUrl) {
  const call = async (method, path, body, signal) => {
    const response = await fetch(`${baseUrl}${path}`, { method, ...(body === undefined ? {} : { body }), signal }).catch((cause) => {
      signal?.throwIfAborted();
      throw new ProviderError('provider_unavailable', `acme could not be reached: ${cause.message}`, { cause });
    });
    if (response.ok) return response;
    throw new ProviderError(response.status >= 500 ? 'provider_unavailable' : 'request_refused', `acme answered ${response.status}`, { status: response.status });
  };
  const batchOf = ({ id, done, total, name }) => ({
    id,
    provider: 'acme',
    status: done ? 'ended' : 'pending',
    rawStatus: done ? 'done' : 'working',
    counts: { total, succeeded: done ? total : 0, failed: 0 },
    resultFiles: done ? [{ kind: 'output', id: `/jobs/${id}/results` }] : [],
    problems: [],
    metadata: { name },
  });
  const formatRequest = ({ customId, wireId, body }) => JSON.stringify({ custom_id: wireId ?? customId, ...body });
  const parseResult = ({ custom_id: customId, text }) => (customId === undefined ? undefined : { kind: 'answered', customId, answer: { text, finishReason: 'stop' }, body: { text } });
  const jobs = async (signal) => (await (await call('GET', '/jobs', undefined, signal)).json()).map(batchOf);

  return {
    name: 'acme',
    account: baseUrl,
    limits: {
      maxRequests: 1000,
      maxBytes: 1_000_000,
      oneModel: false,
      envelope: { prefix: '', separator: '\n', suffix: '\n' },
      extension: '.jsonl',
      customIdPattern: /^[a-z0-9-]{1,40}$/,
      formatRequest,
    },
    tagsCustomIds: false,
    formatRequest,
    parseResult,
    // acme takes the shard in the call that makes the job, so there is no upload; it keeps the name, so a lost answer is found again.
    create: async ({ path, name }, { signal } = {}) => batchOf(await (await call('POST', `/jobs?name=${name}`, await readFile(path), signal)).json()),
    find: async ({ metadata }, { signal } = {}) => (await jobs(signal)).filter((batch) => batch.metadata.name.includes(metadata.millrace_run)),
    list: async function* ({ signal } = {}) {
      yield* await jobs(signal);
    },
    retrieve: async (id, { signal } = {}) => batchOf(await (await call('GET', `/jobs/${id}`, undefined, signal)).json()),
    download: async ({ id }, { signal } = {}) => ({ body: Readable.fromWeb((await call('GET', id, undefined, signal)).body), offset: 0 }),
    cancel: async (id, { signal } = {}) => batchOf(await (await call('DELETE', `/jobs/${id}`, undefined, signal)).json()),
    remove: async () => undefined,
    send: async ({ line }, { signal } = {}) => (await call('POST', '/now', JSON.stringify(line), signal)).json(),
  };
}

/** The other side: shouts every text back. */
function startAcme() {
  const jobs = new Map();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://acme');
    const [, , id, part] = url.pathname.split('/');
    if (request.method === 'POST') {
      const lines = (await request.toArray()).join('').trim().split('\n');
      const results = lines.map((line) => JSON.parse(line)).map(({ custom_id, text }) => JSON.stringify({ custom_id, text: text.toUpperCase() }));
      jobs.set(String(jobs.size + 1), { id: String(jobs.size + 1), name: url.searchParams.get('name'), done: true, total: lines.length, results });
      response.end(JSON.stringify([...jobs.values()].at(-1)));
    } else if (part === 'results') response.end(jobs.get(id).results.toReversed().join('\n'));
    else response.end(JSON.stringify(id === undefined ? [...jobs.values()] : jobs.get(id)));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const server = await startAcme();
const directory = await mkdtemp(join(tmpdir(), 'millrace-example-'));
const report = await run({
  source: ['one', 'two', 'three'].map((text) => ({ text })),
  sink: join(directory, 'out.jsonl'),
  directory: join(directory, 'run'),
  provider: acme(`http://127.0.0.1:${server.address().port}`),
  request: { endpoint: '/now', build: ({ text }) => ({ text }) },
  pollIntervalMs: 100,
});
server.close();
server.closeAllConnections();
console.log(await readFile(join(directory, 'out.jsonl'), 'utf8'));
console.log(report.outcomes.succeeded);
