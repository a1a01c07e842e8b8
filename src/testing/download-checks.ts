import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Download, ResultFile } from '../providers/provider.ts';
import type { JsonObject } from '../records/record.ts';
import { wireIdOf } from '../requests/request.ts';
import type { Check } from './call-checks.ts';
import { claim, failureOf } from './claims.ts';
import { endedBatch, type Rig } from './rig.ts';

/** Result files: whole, in part, and cut. */
export const downloadChecks: readonly Check[] = [
  {
    name: 'an ended batch has a result for each request',
    async run(rig) {
      const ids: string[] = [];
      for (const file of await filesOf(rig)) {
        const { bytes } = await readWhole(rig, file);
        ids.push(...idsIn(bytes, rig));
      }
      const expected = rig.requests.map(wireIdOf);
      claim(ids.sort().join() === expected.sort().join(), `the results are of ${ids.join(', ')}, not of ${expected.join(', ')}`);
    },
  },
  {
    name: 'a download goes on from an offset, or says that it starts anew',
    async run(rig) {
      for (const file of await filesOf(rig)) await checkResume(rig, file);
    },
  },
  {
    name: 'a download that is cut fails, it does not just end',
    async run(rig) {
      const [file] = await filesOf(rig);
      if (!file) return;
      rig.wiretap.fault = { kind: 'cut' };
      await failureOf(async () => buffer((await rig.provider.download(file)).body), 'a download cut in the middle');
    },
  },
  {
    name: 'a signal ends a download',
    async run(rig) {
      const [file] = await filesOf(rig);
      if (!file) return;
      const controller = new AbortController();
      const { body } = await rig.provider.download(file, { signal: controller.signal });
      const failed = errorOf(body);
      const reason = new Error('stopped');
      controller.abort(reason);
      claim((await failed) === reason, "the body does not fail with the signal's reason");
    },
  },
];

async function filesOf(rig: Rig): Promise<readonly ResultFile[]> {
  const batch = await endedBatch(rig);
  claim(batch.status === 'ended', `the batch has ended, but its status is ${batch.status} (${batch.rawStatus})`);
  claim(batch.resultFiles.length > 0, 'the batch has ended, but has no result file');
  return batch.resultFiles;
}

async function readWhole({ provider }: Rig, file: ResultFile): Promise<{ readonly bytes: Buffer; readonly download: Download }> {
  const download = await provider.download(file);
  const bytes = await buffer(download.body);
  claim(download.offset === 0, `a download of the whole file says offset ${download.offset}`);
  const { totalBytes = bytes.length } = download;
  claim(totalBytes === bytes.length, `the file has ${bytes.length} bytes, but totalBytes is ${totalBytes}`);
  return { bytes, download };
}

function idsIn(bytes: Buffer, { provider }: Rig): string[] {
  const lines = bytes.toString().split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const result = provider.parseResult(JSON.parse(line) as JsonObject); // a result line is an object
    if (!result) throw new Error(`parseResult does not know the line ${line.slice(0, 200)}`);
    return result.customId;
  });
}

async function checkResume(rig: Rig, file: ResultFile): Promise<void> {
  const { bytes, download } = await readWhole(rig, file);
  if (download.etag === undefined || bytes.length < 2) return;
  const offset = Math.floor(bytes.length / 2);
  const rest = await rig.provider.download(file, { from: { offset, etag: download.etag } });
  claim(rest.offset === offset || rest.offset === 0, `asked for the bytes from ${offset} on, the download says offset ${rest.offset}`);
  claim((await buffer(rest.body)).equals(bytes.subarray(rest.offset)), `the bytes from ${rest.offset} on are not those of the file`);
}

function errorOf(body: Readable): Promise<unknown> {
  return new Promise((resolve) => {
    body.once('error', resolve);
    body.once('close', () => resolve(undefined));
  });
}
