import { readFileSync } from 'node:fs';

/** Ticks a second in which /proc counts processor time, on every Linux there is. */
export const PROC_TICKS_PER_SECOND = 100;

/**
 * Processor seconds that all processes of the machine have used, those of lower priority included, those
 * stolen by a hypervisor not; undefined where there is no /proc.
 */
export function machineCpuSeconds(): number | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number);
    return (user + nice + system + irq + softirq) / PROC_TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** Of this process alone. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
