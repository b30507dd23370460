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

/** A coordinator and workers as processes of their own, and a client. */
export interface TestCluster {
  readonly address: string;
  readonly client: HeliumClient;
  readonly coordinator: Child;
  /** Starts a worker; resolves when it is attached. */
  addWorker(id: string, ...flags: readonly string[]): Promise<Child>;
}

export interface ClusterFlags {
  readonly coordinator?: readonly string[];
  /** For every worker. */
  readonly worker?: readonly string[];
}

/** What a run gave, told by its events. */
export interface Followed {
  readonly events: readonly RunEvent[];
  readonly hash: string;
  /** `operator/row` of the leader of each executed call, sorted. */
  readonly executed: readonly string[];
}

export async function startCluster(world: World, flags: ClusterFlags = {}): Promise<TestCluster> {
  const listen = ['--listen', '127.0.0.1:0', ...(flags.coordinator ?? [])];
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

/** Starts a run of a workflow in YAML over one row per text of column "question". */
export function startRun(
  { client }: TestCluster,
  yaml: string,
  questions: readonly string[],
  options: RunOptions = { bypassPromptCache: true },
): Promise<RunHandle> {
  const rows = questions.map((question) => ({ question }));
  return client.run(parseWorkflow(yaml, 'test.yaml'), rows, options);
}

/** Follows a run to its end, telling each event to `onEvent`; throws when it fails. */
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

/** Throws when the events do not end with success. */
export function summarize(events: readonly RunEvent[]): Followed {
  const last = events.at(-1);
  if (last?.kind !== 'finished' || last.state !== 'succeeded') {
    throw new Error(`the run did not succeed: ${JSON.stringify(last)}`);
  }
  const rows: Record<string, string>[] = [];
  const executed: string[] = [];
  for (const event of events) {
    if (event.kind === 'output') {
      const row = (rows[event.row] ??= {});
      if (event.name in row) throw new Error(`output ${event.name} of row ${event.row} came twice`);
      row[event.name] = event.text;
    }
    if (event.kind === 'callFinished' && event.source === 'worker') {
      executed.push(`${event.operator}/${event.rows[0]}`);
    }
  }
  return { events, hash: outputsHash(rows), executed: executed.sort() };
}
