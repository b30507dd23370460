import { readFileSync } from 'node:fs';

/** What a peer's run cost: seconds of the clock, of the processors by it and by others, and peak memory. */
export interface Cost {
  readonly wall_s: number;
  readonly own_cpu_s: number;
  readonly foreign_cpu_s: number;
  readonly peak_rss_mib: number;
}

/** Begins to measure this process; the function gives what it has cost since. Linux only. */
export function createMeter(): () => Cost {
  const wall = performance.now();
  const own = ownSeconds();
  const machine = machineSeconds();
  return () => {
    const used = ownSeconds() - own;
    return {
      wall_s: (performance.now() - wall) / 1000,
      own_cpu_s: used,
      foreign_cpu_s: Math.max(0, machineSeconds() - machine - used),
      peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function machineSeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / 100;
}
