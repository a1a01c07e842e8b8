import { batchStatuses, type Batch } from '../providers/provider.ts';
import { claim } from './claims.ts';
import { createBatch, endedBatch, prepare, singleRequest, type Rig } from './rig.ts';

/** One thing the `Provider` contract asks for. */
export interface Check {
  /** As a sentence, for the report. */
  readonly name: string;
  run(rig: Rig): Promise<void>;
}

/** What each call sends and gives back when all goes well. */
export const callChecks: readonly Check[] = [
  {
    name: 'name, account and limits are filled in',
    async run({ provider }) {
      claim(/^[a-z][a-z0-9-]*$/.test(provider.name), `the name ${JSON.stringify(provider.name)} is not a short lower-case word`);
      claim(provider.account !== '', 'the account is empty: a run cannot be bound to it');
      claim(provider.limits.maxRequests > 0 && provider.limits.maxBytes > 0, 'the limits hold no request at all');
    },
  },
  {
    name: 'formatRequest writes one line of JSON with the wire id',
    async run({ provider, requests: [request] }) {
      if (!request) return;
      const line = provider.formatRequest({ ...request, wireId: 'tagged-0' });
      claim(!line.includes('\n'), 'the request line holds a line feed');
      claim(JSON.stringify(JSON.parse(line)).includes('"tagged-0"'), 'the request line does not hold the wire id');
    },
  },
  {
    name: 'upload sends one request and gives the file',
    async run({ provider, wiretap, shard }) {
      if (!provider.upload) return;
      const file = await provider.upload(shard);
      claim(file.id !== '', 'the uploaded file has no id');
      claimRequests(wiretap.requests, 'upload');
    },
  },
  {
    name: 'create sends one request and gives a batch',
    async run(rig) {
      const prepared = await prepare(rig);
      const before = rig.wiretap.requests;
      const batch = await rig.provider.create(prepared);
      claimRequests(rig.wiretap.requests - before, 'create');
      claimBatch(batch, rig);
      claim(batch.status !== 'pending' || batch.resultFiles.length === 0, 'a pending batch has result files');
    },
  },
  {
    name: 'retrieve and cancel send one request each and give the same batch',
    async run(rig) {
      const { batch } = await createBatch(rig);
      for (const name of ['retrieve', 'cancel'] as const) {
        const before = rig.wiretap.requests;
        const again = await rig.provider[name](batch.id);
        claimRequests(rig.wiretap.requests - before, name);
        claimBatch(again, rig);
        claim(again.id === batch.id, `${name} gives the batch ${again.id} for ${batch.id}`);
      }
    },
  },
  {
    name: 'list gives the batch',
    async run(rig) {
      const { batch } = await createBatch(rig);
      let isListed = false;
      for await (const { id } of rig.provider.list()) isListed ||= id === batch.id;
      claim(isListed, 'the batch just made is not in the list');
    },
  },
  {
    name: 'find gives the batch, and nothing made before the time asked for',
    async run(rig) {
      const { batch, fileId } = await createBatch(rig);
      const createdAt = batch.createdAt ?? Date.now();
      const query = { metadata: rig.shard.metadata, requestCount: rig.requests.length, ...(fileId !== undefined && { fileId }) };
      const found = await rig.provider.find({ ...query, createdAfter: createdAt - 1000 });
      claim(found.some(({ id }) => id === batch.id), 'find does not give the batch just made');
      const none = await rig.provider.find({ ...query, createdAfter: createdAt + 86_400_000 });
      claim(none.length === 0, 'find gives batches made a day before the time asked for');
    },
  },
  {
    name: 'remove sends one request',
    async run(rig) {
      const { fileId } = await prepare(rig);
      const target = fileId === undefined ? { batchId: (await endedBatch(rig)).id } : { fileId };
      const before = rig.wiretap.requests;
      await rig.provider.remove(target);
      claimRequests(rig.wiretap.requests - before, 'remove');
    },
  },
  {
    name: 'send sends one request and gives its result line',
    async run({ provider, wiretap, requests: [request] }) {
      if (!request) return;
      const result = provider.parseResult(await provider.send(singleRequest(provider, { ...request, wireId: 'tagged-0' })));
      claimRequests(wiretap.requests, 'send');
      claim(result !== undefined, 'parseResult does not read what send gives');
      claim(result?.customId === 'tagged-0', `the result is of ${result?.customId}, not of the request sent`);
    },
  },
];

function claimRequests(count: number, name: string): void {
  claim(count === 1, `${name} sent ${count} HTTP requests instead of one`);
}

function claimBatch(batch: Batch, { provider }: Rig): void {
  claim(batch.id !== '', 'the batch has no id');
  claim(batch.provider === provider.name, `the batch says provider ${batch.provider}, not ${provider.name}`);
  claim(batchStatuses.includes(batch.status), `${batch.status} is no batch status`);
  claim(batch.rawStatus !== '', 'the batch does not keep the word of the provider in rawStatus');
}
