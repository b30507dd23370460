import { readdirSync, readFileSync } from 'node:fs';
import { PROC_TICKS_PER_SECOND } from './engine/processor-time.ts';

/** What the kernel says of a running process (Linux). */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Its memory at its highest. */
  readonly peakMib: number;
}

/** The child of `parent` whose command line has the text; undefined where there is no /proc, or none. */
export function findChild(parent: number, commandPart: string): number | undefined {
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const found = pids.find((pid) => {
    const stat = readProcess(pid, 'stat');
    return (
      fieldsOf(stat)[1] === String(parent) && readProcess(pid, 'cmdline').includes(commandPart)
    );
  });
  return found === undefined ? undefined : Number(found);
}

/** Throws where the process is gone. */
export function usageOf(pid: number): ProcessUsage {
  const fields = fieldsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { cpuSeconds: (user + system) / PROC_TICKS_PER_SECOND, peakMib: peakKib / 1024 };
}

/** Those behind the name, which may hold anything: state, parent, … */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty where the process has ended meanwhile. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
