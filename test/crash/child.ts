import { lay, type Tripwire } from './tripwire.ts';
import type { Job } from './job.ts';

// A process that runs a job and dies on the way. It prints `armed` when its code is loaded, and `done` with the number of
// boundaries it passed when nothing killed it.

const [, , text = ''] = process.argv;
// Written by the parent.
const { job, wire } = JSON.parse(text) as { job: Job; wire: Tripwire };
const passed = lay(wire);
const { optionsOf } = await import('./job.ts');
const { run } = await import('../../src/index.ts');
process.stdout.write('armed\n');
await run(optionsOf(job));
process.stdout.write(`done ${passed()}\n`);
