import { readFileSync, writeFileSync } from 'node:fs';

const MIB = 2 ** 20;

/**
 * Begins a new measurement of this process's peak memory. Linux forgets the peak on request; elsewhere the
 * peak stays that of the whole process.
 */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // No such file: the peak since the start is what there is.
  }
}

/** Peak resident memory in MiB since the last reset, or since the start where nothing can be reset. */
export function peakMemoryMib(): number {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Math.round(Number(kib) / 1024);
  } catch {
    // Not Linux.
  }
  return Math.round((process.resourceUsage().maxRSS * 1024) / MIB);
}
