import {
  HeliumClient,
  outputsHash,
  parseWorkflow,
  type RunEvent,
  type RunHandle,
  type RunOptions,
} from '@helium/client';
import { onTestFinished } from 'vitest';
import { type Child, startRoom } from './child.fixture.ts';
import type { World } from './helium.fixture.ts';

/** A coordinator and workers as processes that a test may end, stop and join as it likes. */
export interface ProcessCluster {
  readonly address: string;
  readonly client: HeliumClient;
  readonly coordinator: Child;
  /** Starts a worker; resolves when it is attached. */
  addWorker(id: string, ...flags: readonly string[]): Promise<Child>;
}

export interface ClusterFlags {
  readonly coordinator?: readonly string[];
  /** Where it listens. Default: any free port. */
  readonly listen?: string;
  /** For every worker. */
  readonly worker?: readonly string[];
}

/** Six rows of four calls, no two alike, some waiting for others; long enough to be met half-way. */
export const CHAIN = `
name: chain
operators:
  question: { input: question }
  first: { llm: { user: "Begin. {{question}}", max_tokens: 60 } }
  second: { llm: { user: "Go on. {{question}}", max_tokens: 60 } }
  third: { llm: { user: "Judge {{first}} and {{second}}. {{question}}", max_tokens: 60 } }
  last: { llm: { user: "End. {{third}} {{question}}", max_tokens: 60 } }
outputs: { answer: last, judgement: third }
`;
export const QUESTIONS = ['one', 'two', 'three', 'four', 'five', 'six'];
/** `operator/row` of every call of CHAIN over QUESTIONS, sorted. */
export const CHAIN_CALLS = ['first', 'last', 'second', 'third'].flatMap((operator) =>
  QUESTIONS.map((_, row) => `${operator}/${row}`),
);
/** Worker flags: CHAIN takes about five seconds. */
export const SLOW_SIM = ['--engine', 'sim', '--sim-speed', '1', '--max-batch', '2'];
/** Worker flags: CHAIN takes about a second. */
export const BRISK_SIM = ['--engine', 'sim', '--sim-speed', '5', '--max-batch', '2'];

/** What a run gave, told by its events. */
export interface Followed {
  readonly events: readonly RunEvent[];
  readonly hash: string;
  /** `operator/row` of every call that a worker answered, sorted. */
  readonly executed: readonly string[];
}

export async function startProcesses(
  world: World,
  flags: ClusterFlags = {},
): Promise<ProcessCluster> {
  const listen = ['--listen', flags.listen ?? '127.0.0.1:0', ...(flags.coordinator ?? [])];
  const coordinator = startRoom('coordinator', world.environment, ...listen);
  const [, address = ''] = await coordinator.says(/listening on (\S+)\n/);
  const client = new HeliumClient(address);
  onTestFinished(() => client.close());
  return {
    address,
    client,
    coordinator,
    async addWorker(id, ...own) {
      const given = ['--coordinator', address, '--worker-id', id, ...(flags.worker ?? []), ...own];
      const worker = startRoom('worker', world.environment, ...given);
      await worker.says(/attached to \S+\n/);
      return worker;
    },
  };
}

/** Starts CHAIN, or another workflow over the column "question". */
export function startChain(
  { client }: Pick<ProcessCluster, 'client'>,
  options: RunOptions = { bypassPromptCache: true },
  yaml = CHAIN,
): Promise<RunHandle> {
  const rows = QUESTIONS.map((question) => ({ question }));
  return client.run(parseWorkflow(yaml, 'test.yaml'), rows, options);
}

/** Follows a run to its success, telling each event to `onEvent`. */
export async function follow(
  run: RunHandle,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<Followed> {
  const events: RunEvent[] = [];
  for await (const event of run) {
    events.push(event);
    onEvent(event);
  }
  return summarize(events);
}

/** Throws when the events do not end with success or say an output twice. */
export function summarize(events: readonly RunEvent[]): Followed {
  const last = events.at(-1);
  if (last?.kind !== 'finished' || last.state !== 'succeeded') {
    throw new Error(`the run did not succeed: ${JSON.stringify(last)}`);
  }
  const rows: Record<string, string>[] = [];
  const executed: string[] = [];
  for (const event of events) {
    if (event.kind === 'output') {
      const row = rows[event.row] ?? {};
      if (event.name in row) throw new Error(`output ${event.name} of row ${event.row} came twice`);
      rows[event.row] = { ...row, [event.name]: event.text };
    }
    if (event.kind === 'callFinished' && event.source === 'worker') {
      executed.push(`${event.operator}/${event.rows[0]}`);
    }
  }
  return { events, hash: outputsHash(rows), executed: executed.sort() };
}

/** Does `act` at the first call that starts on the worker. */
export function atFirstCallOf(worker: string, act: () => void): (event: RunEvent) => void {
  let isDone = false;
  return (event) => {
    if (isDone || event.kind !== 'callStarted' || event.worker !== worker) return;
    isDone = true;
    act();
  };
}
