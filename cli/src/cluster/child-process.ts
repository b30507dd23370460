import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ERROR_CODES, type ErrorCode, HeliumError, invariant } from '@helium/shared';

/**
 * In worker threads glibc hands memory back and takes it again all the time; this is one arena with huge
 * pages that keeps what it has (docs/decisions/0006 has what that gains). Only the process's starter
 * can set it.
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
  /** Settings that nobody is to read in the list of processes, by variable. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The line that says it is ready; group 1 is given back. */
  readonly ready: RegExp;
  readonly tuneMalloc: boolean;
  /** A line for its standard input, once there is one; where it rejects there is none. */
  readonly input?: Promise<string>;
}

/** A program of this machine's cluster, ready. */
export interface RunningProgram {
  readonly name: string;
  readonly pid: number;
  readonly announced: string;
  /** Resolves when the process is gone, whoever ended it, and its last line is read. */
  readonly exited: Promise<ProgramEnd>;
  stop(graceMs: number): Promise<void>;
}

/** How a process ended. */
export interface ProgramEnd {
  /** null where a signal ended it. */
  readonly code: number | null;
  /** For people, with the reason that it gave: "signal SIGKILL". */
  readonly how: string;
}

const LOG_LINES_KEPT = 40;
/** The line by which a program of ours says why it ends. */
export const REASON = /^helium \w+: ([A-Z_]+): (.*)$/;

/** How a program of ours is spawned. Its standard input must be a pipe from us. */
export function spawnOptions(tuneMalloc: boolean, variables: Program['secrets'] = {}) {
  const tunables = [process.env.GLIBC_TUNABLES, tuneMalloc ? WORKER_MALLOC : undefined];
  return {
    // A terminal's interrupt is ours alone: whoever is told twice to stop does so at once.
    detached: true,
    env: {
      ...process.env,
      ...variables,
      GLIBC_TUNABLES: tunables.filter(Boolean).join(':'),
      // When we die, however we die, the pipe ends, and they do.
      HELIUM_EXIT_WITH_STDIN: '1',
    },
  } as const;
}

/**
 * Starts a program and waits for its ready line; `signal` stops it before that. When it ends first, throws
 * the error that it gave as its reason, or else UNREACHABLE with its last log lines.
 */
export async function startProgram(
  program: Program,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<RunningProgram> {
  const flags = Object.entries(program.flags).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const child = spawn(process.execPath, [program.main, ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...spawnOptions(program.tuneMalloc, program.secrets),
  });
  const recent: string[] = [];
  const exited = new Promise<ProgramEnd>((resolve) => {
    child.once('close', (code, ended) => resolve({ code, how: howOf(code, ended, recent) }));
  });
  // Of a program that is gone its end tells more.
  child.stdin.on('error', () => {});
  program.input?.then(
    (line) => child.stdin.write(`${line}\n`),
    () => {},
  );
  const kill = () => child.kill('SIGTERM');
  signal.addEventListener('abort', kill, { once: true });
  const announced = await waitUntilReady(child, program, log, recent);
  signal.removeEventListener('abort', kill);
  invariant(child.pid !== undefined, `${program.name} has no process`);
  return {
    name: program.name,
    pid: child.pid,
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
  recent: string[],
): Promise<string> {
  let hasReason = false;
  return new Promise((resolve, reject) => {
    const take = (line: string) => {
      const match = program.ready.exec(line);
      if (match !== null) resolve(match[1] ?? '');
      if (!hasReason && REASON.test(line)) {
        hasReason = true;
        recent.length = 0;
      }
      recent.push(line);
      // Of lines before the reason the last matter, of those behind it the first: a fault each.
      if (recent.length > LOG_LINES_KEPT) recent.splice(hasReason ? LOG_LINES_KEPT - 1 : 0, 1);
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

function howOf(code: number | null, signal: string | null, [reason = '']: readonly string[]) {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const [, errorCode, message] = REASON.exec(reason) ?? [];
  return errorCode === undefined ? how : `${how}, ${errorCode}: ${message}`;
}

function startFailure(program: Program, how: string, recent: readonly string[]): HeliumError {
  const [, code, message] = REASON.exec(recent[0] ?? '') ?? [];
  if (code !== undefined && code in ERROR_CODES) {
    const text = [`${program.name}: ${message}`, ...recent.slice(1)].join('\n');
    return new HeliumError(code as ErrorCode, text);
  }
  const tail = recent.slice(-12).map((line) => `  ${line}`);
  const headline = `${program.name} ended before it was ready (${how})`;
  return new HeliumError('UNREACHABLE', [headline, ...tail].join('\n'));
}
