#!/usr/bin/env node
import { packageVersion } from './version.ts';

// What is asked most often is answered before anything else is loaded.
const words = process.argv.slice(2);
const [only = ''] = words.length === 1 ? words : [];

if (only === '--version' || only === '-V') {
  process.stdout.write(`${packageVersion()}\n`);
} else if (only === '--help' || only === '-h') {
  process.stdout.write((await import('./overview.ts')).overview());
} else {
  (await import('./heap.ts')).fixNewSpace();
  if (words.length === 0) process.exitCode = await (await import('./home.ts')).showHome();
  else await (await import('./program.ts')).runProgram(words);
}
