import { writeFileSync } from 'node:fs';
import { Random } from './random.ts';
import { trial } from './trial.ts';

// Compares what is fast with what it stands in for, over random sources, until so many lines were read:
//   npm run fuzz -- 10000000 [seed]

const most = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);

let lines = 0;
let trials = 0;
for (let reported = 0; lines < most; trials += 1) {
  const { what, bytes, fast, slow } = await trial(new Random(seed * 1_000_003 + trials));
  lines += bytes.toString('latin1').split('\n').length;
  if (fast !== slow) {
    writeFileSync('runs/fuzz-difference.bin', bytes);
    writeFileSync('runs/fuzz-difference.json', JSON.stringify({ what, seed, trials, fast, slow }, null, 2));
    console.error(`They differ: ${what}, seed ${seed}, trial ${trials}. The source and what was made of it is in runs/fuzz-difference.*`);
    process.exit(1);
  }
  if (lines - reported > most / 10) {
    reported = lines;
    console.log(`${lines} lines, ${trials + 1} sources`);
  }
}
console.log(`${lines} lines in ${trials} sources: no difference`);
