import { join } from 'node:path';
import { compareJsonl } from '../compare/tables.ts';
import { contender, program, type Entry } from '../contenders.ts';
import type { Contender, Setting, Workload } from '../race.ts';
import { timesAsFast } from '../targets.ts';

const name = 'results.jsonl';
const aiSdk = ['ai', '@ai-sdk/anthropic'];

/** Result files to objects, with the library. */
export const readWorkloads: readonly Workload[] = [
  {
    name: 'read-results',
    title: "read Anthropic's results as objects, the loading of each library left out",
    records: 200_000,
    quickRecords: 50_000,
    race: (setting, records) => {
      const reader = readerOf(setting, records);
      // It asks for Node 22, which is why it is no dependency, but it does run on 20.
      const ai = { ...reader('ai sdk', 'peers/ai-sdk-read'), absence: setting.installations.packages(aiSdk, `npm install --no-save ${aiSdk.join(' ')}`) };
      return {
        contenders: [reader('millrace', 'subjects/read-results'), reader('anthropic sdk', 'peers/anthropic-sdk-read'), ai],
        targets: [timesAsFast('millrace', 'anthropic sdk', 1.5), timesAsFast('millrace', 'ai sdk', 3)],
      };
    },
  },
];

/** Programs that read the files, and write what they read where it is compared. */
function readerOf(setting: Setting, records: number): (contenderName: string, path: string) => Contender {
  const inputs = setting.data.files('messages', records);
  return (contenderName, path) => {
    const entry: Entry = { name: contenderName, setting, records, inputs, compare: compareJsonl(name) };
    return contender(entry, (output, isCheck) => program(setting, path, [isCheck ? join(output, name) : '-', ...inputs], { timesItself: true }));
  };
}
