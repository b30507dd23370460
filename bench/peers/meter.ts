import { machineCpuSeconds, ownCpuSeconds } from '../src/engine/index.ts';

/** What a peer's run cost: seconds of the clock, of the processors by it and by others, and peak memory. */
export interface Cost {
  readonly wall_s: number;
  readonly own_cpu_s: number;
  /** null where there is no /proc. */
  readonly foreign_cpu_s: number | null;
  readonly peak_rss_mib: number;
}

/** Begins to measure this process; the function gives what it has cost since. */
export function createMeter(): () => Cost {
  const wall = performance.now();
  const own = ownCpuSeconds();
  const machine = machineCpuSeconds();
  return () => {
    const used = ownCpuSeconds() - own;
    const machineNow = machineCpuSeconds();
    const isKnown = machine !== undefined && machineNow !== undefined;
    return {
      wall_s: (performance.now() - wall) / 1000,
      own_cpu_s: used,
      foreign_cpu_s: isKnown ? Math.max(0, machineNow - machine - used) : null,
      peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  };
}
