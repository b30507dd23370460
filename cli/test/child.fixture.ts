import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process of a test, what it has said, and how to wait for what it says. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Standard output and error so far. */
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the match once either stream has it; rejects when the process ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or 128 and the signal's number as shells have it. */
  readonly exited: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Starts a process that ends with the test, whatever becomes of it. */
export function startChild(file: string, args: readonly string[], options: SpawnOptions): Child {
  const child = spawnChild(file, args, options);
  onTestFinished(() => child.signal('SIGKILL'));
  return child;
}

/** Starts a process for several tests, which end it. */
export function spawnChild(file: string, args: readonly string[], options: SpawnOptions): Child {
  const child = spawn(file, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text) => {
      output[name] += text;
      child.emit('said');
    });
  }
  const exited = once(child, 'close').then(
    ([code, signal]) => code ?? 128 + (SIGNALS[signal as NodeJS.Signals] ?? 0),
  );
  return {
    process: child,
    pid: child.pid ?? 0,
    output,
    exited,
    signal: (name) => void child.kill(name),
    async says(pattern) {
      for (;;) {
        const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
        if (match !== null) return match;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`ended before it said ${pattern}:\n${output.stdout}${output.stderr}`);
        }
        await Promise.race([once(child, 'said'), exited]);
      }
    },
  };
}

/** The program of a room, as `helium` starts it. */
export function startRoom(
  room: 'coordinator' | 'worker',
  environment: NodeJS.ProcessEnv,
  ...flags: readonly string[]
): Child {
  const main = fileURLToPath(import.meta.resolve(`@helium/${room}/main`));
  return startChild(process.execPath, [main, ...flags], { env: environment });
}

/** Processes whose parent is `pid`, and theirs. */
export function descendants(pid: number): number[] {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && parent(name) === pid,
  );
  return children.flatMap((name) => [Number(name), ...descendants(Number(name))]);
}

/** Program and arguments of a process, each ended by a zero. */
export function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

function parent(pid: string): number | undefined {
  try {
    // "pid (any name) state ppid …"
    return Number(/\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
