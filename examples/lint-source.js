// What the provider would refuse, found before anything is sent: where each finding is, and how many there are.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chat, describePlace, lint } from 'millrace';

const source = join(await mkdtemp(join(tmpdir(), 'millrace-example-')), 'places.csv');
await writeFile(source, 'id,name\na,Ulm\nb,\nc,Bonn\na,Trier\n');

const linting = lint({ source, customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: '{{name}}' }) });
for await (const found of linting) console.log(`${describePlace(found)}: ${found.severity} ${found.rule} ${found.message}`);

const { requests, errors } = await linting.summary();
console.log(`${requests} records, ${errors} would be refused`);
