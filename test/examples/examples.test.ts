import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, root, shell } from '../cli/shell.ts';

const examples = join(root, 'examples');

/** What each program must print. */
const promises: Readonly<Record<string, RegExp>> = {
  'compose-stages.js': /shard-000001\.jsonl 1000 requests \d+ bytes\n.*shard-000002\.jsonl 1000 requests \d+ bytes\n.*shard-000003\.jsonl 1000 requests \d+ bytes\n.*shard-000004\.jsonl 376 requests \d+ bytes\n$/,
  'custom-provider.js': /^\{"text":"one","result":\{"status":"succeeded","text":"ONE",.*\n\{"text":"two",.*"text":"TWO",.*\n\{"text":"three",.*"text":"THREE",.*\n\n3\n$/,
  'estimate.js': /^records +1,000\nrequests +1,000 in 1 shard to gpt-5-mini\n[^]*\nbatch price +\$0\.0\d+ +\$0\.05\d+ +\$0\.05\d+\n[^]*\nbudget: \$0\.09\n$/,
  'join-files.js': /^id,text,label,status\na,"Lovely, really",positive,succeeded\nb,Broke at once,negative,succeeded\nc,Fine,,errored\n\n$/,
  'lint-source.js': /^record 1 of .*places\.csv, line 2 of shard 1: warning empty_prompt .*\nrecord 3 of .*places\.csv: error duplicate_custom_id .*\n4 records, 1 would be refused\n$/,
  'reuse-answers.js': /^october: 3 fresh, 0 reused, 1 deduplicated\nnovember: 2 fresh, 3 reused, 0 deduplicated\n$/,
  'run-csv.js': /^iata,name,city,.*,result_status,.*\n00M,Thigpen ?,Bay Springs,.*,succeeded,.*,00M\n3376 3376\n$/,
  'shell-pipe.sh': /^"status":"succeeded"\n"status":"succeeded"\n$/,
  'split-paragraphs.js': /^3 requests\n\{"requests":\[.*Summarize this paragraph of Mills: A mill grinds\..*\n.*Mills: A millrace leads the water\..*\n.*Rivers: They flow\./,
  'structured-answers.js': /^id,text,.*,result_custom_id,result_label,result_stars,result_quotes\na (good|bad) [1-5]\nb (good|bad) [1-5]\nc (good|bad) [1-5]\n3 4\n$/,
};

test('every example is told here what it promises', () => {
  expect(readdirSync(examples).sort()).toEqual(Object.keys(promises).sort());
});

test.concurrent.each(Object.entries(promises))('%s', async (name, promise) => {
  const folder = folderWith({});
  const ran = await shell(folder, `${name.endsWith('.sh') ? 'sh' : 'node'} '${join(examples, name)}'`, { env: { TMPDIR: folder } });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(promise);
});
