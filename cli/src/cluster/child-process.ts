import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { HeliumError } from '@helium/shared';

/**
 * In worker threads glibc hands memory back and takes it again all the time; one arena with huge pages
 * that keeps what it has made decoding up to twice as fast (docs/decisions/0006). Only the process's
 * starter can set it.
 */
const WORKER_MALLOC = [
  'glibc.malloc.hugetlb=1',
  'glibc.malloc.arena_max=1',
  'glibc.malloc.trim_threshold=2000000000',
  'glibc.malloc.mmap_threshold=1000000000',
  'glibc.malloc.top_pad=268435456',
].join(':');

export interface Program {
  /** For messages: "coordinator", "worker 1". */
  readonly name: string;
  readonly main: string;
  readonly flags: Readonly<Record<string, string | number>>;
  /** The line that says it is ready; group 1 is given back. */
  readonly ready: RegExp;
  readonly tuneMalloc: boolean;
}

/** A program of this machine's cluster, ready. */
export interface RunningProgram {
  readonly name: string;
  readonly announced: string;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  stop(graceMs: number): Promise<void>;
}

const LOG_LINES_KEPT = 40;

/**
 * Starts a program and waits for its ready line. Its last log lines are in the error when it ends first:
 * UNREACHABLE, or the code that its own last line names.
 */
export async function startProgram(
  program: Program,
  log: (line: string) => void,
): Promise<RunningProgram> {
  const flags = Object.entries(program.flags).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const tunables = [process.env.GLIBC_TUNABLES, program.tuneMalloc ? WORKER_MALLOC : undefined];
  const child = spawn(process.execPath, [program.main, ...flags], {
    // Their standard input is ours: when we die, however we die, it ends, and they stop.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GLIBC_TUNABLES: tunables.filter(Boolean).join(':'),
      HELIUM_EXIT_WITH_STDIN: '1',
    },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const announced = await waitUntilReady(child, program, log);
  return {
    name: program.name,
    announced,
    exited,
    async stop(graceMs) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

function waitUntilReady(
  child: ChildProcess,
  program: Program,
  log: (line: string) => void,
): Promise<string> {
  const recent: string[] = [];
  return new Promise((resolve, reject) => {
    const take = (line: string) => {
      const match = program.ready.exec(line);
      if (match !== null) resolve(match[1] ?? '');
      recent.push(line);
      if (recent.length > LOG_LINES_KEPT) recent.shift();
      log(`${program.name}: ${line}`);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', take);
    }
    child.once('error', (cause) => reject(startFailure(program, cause.message, recent)));
    child.once('close', (code, signal) => {
      reject(
        startFailure(program, signal === null ? `exit code ${code}` : `signal ${signal}`, recent),
      );
    });
  });
}

function startFailure(program: Program, how: string, recent: readonly string[]): HeliumError {
  const tail = recent.slice(-12).map((line) => `  ${line}`);
  return new HeliumError(
    'UNREACHABLE',
    [`${program.name} ended before it was ready (${how})`, ...tail].join('\n'),
  );
}
