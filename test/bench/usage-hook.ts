import { readFileSync, writeFileSync } from 'node:fs';

// Loaded into a process of Node that is measured where GNU time is not at hand: writes down, when the process ends, what it used.

const path = process.env['MILLRACE_BENCH_USAGE'];
// Threads end too, and would write what they see of the process so far.
const { isMainThread } = await import('node:worker_threads');
if (path !== undefined && isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(path, `${userCPUTime / 1e6} ${systemCPUTime / 1e6} ${peakOfProcess() ?? maxRSS}`);
  });
}

/** Kibibytes. Unlike `maxRSS` it begins at zero with the process. */
function peakOfProcess(): number | undefined {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}
