import {
  type InstanceIndex,
  indexInstance,
  planSchedule,
  type SimulationReport,
  type StepTiming,
  simulate,
} from '@helium/coordinator/scheduler';
import { agentScope, kvFlow, langGraph, parrot, StepGraph } from './frontends.ts';
import { playOnline } from './play-online.ts';
import type { Batch } from './shape.ts';
import { staticPrefixes } from './static-prefixes.ts';

/** What all systems run on. */
export interface Machine {
  readonly timing: StepTiming;
  /** Of an HTTP round trip and the balancer, for systems that reach their engines so, s. */
  readonly requestSeconds: number;
}

export interface Played
  extends Pick<SimulationReport, 'makespanSeconds' | 'hitRate' | 'meanBatch'> {
  /** Processor time of planning, s; not part of the makespan. */
  readonly planSeconds: number;
}

/** A system of the paper's comparison. */
export interface System {
  readonly name: string;
  play(batch: Batch, machine: Machine): Played;
}

/** What Helium may do beside scheduling. */
export interface HeliumOptions {
  /** Static prefixes are resident when the batch comes. */
  readonly proactiveKv: boolean;
  /** Name of a scheduling policy; undefined: calls go out as they become ready. */
  readonly policy: string | undefined;
}

/** vLLM, and OpWise: schedules of the planner's baselines. */
function planned(name: string, policy: string): System {
  return {
    name,
    play: (batch, machine) => playSchedule(batch, machine, { policy, proactiveKv: false }),
  };
}

export function helium(options: HeliumOptions): System {
  return {
    name: 'Helium',
    play: (batch, machine) => {
      if (options.policy !== undefined)
        return playSchedule(batch, machine, { ...options, policy: options.policy });
      const index = indexInstance(batch.instance);
      const preloaded = options.proactiveKv ? [...staticPrefixes(batch, index).keys()] : [];
      const cache = { preloaded };
      const { timing } = machine;
      return play(index, () =>
        playOnline(index, langGraph(batch), { timing, submitSeconds: 0, cache }),
      );
    },
  };
}

/** All but Helium, in the order of the paper's table 2. */
export const SYSTEMS: readonly System[] = [
  planned('vLLM (query-wise)', 'query-wise'),
  planned('OpWise', 'operator-wise'),
  online('LangGraph', (batch) => langGraph(batch)),
  online('AgentScope', (batch) => agentScope(batch)),
  online('Parrot', (batch, index) => parrot(batch, index)),
  {
    name: 'KVFlow',
    play: (batch, { timing, requestSeconds }) => {
      const index = indexInstance(batch.instance);
      const prefixes = staticPrefixes(batch, index);
      const graph = new StepGraph(batch);
      const nodes = [...prefixes.keys()];
      const stepsOf = (node: number) =>
        Math.min(...[...prefixes.get(node)!].map((operator) => graph.stepsOf(operator)));
      const cache = { preloaded: nodes, kept: { nodes, stepsOf } };
      const options = { timing, submitSeconds: requestSeconds, cache };
      return play(index, () => playOnline(index, kvFlow(batch, graph), options));
    },
  },
];

function online(
  name: string,
  frontend: (batch: Batch, index: InstanceIndex) => ReturnType<typeof langGraph>,
): System {
  return {
    name,
    play: (batch, { timing, requestSeconds }) => {
      const index = indexInstance(batch.instance);
      const options = { timing, submitSeconds: requestSeconds };
      return play(index, () => playOnline(index, frontend(batch, index), options));
    },
  };
}

function playSchedule(
  batch: Batch,
  { timing }: Machine,
  { policy, proactiveKv }: HeliumOptions & { readonly policy: string },
): Played {
  const index = indexInstance(batch.instance);
  const preloaded = proactiveKv ? [...staticPrefixes(batch, index).keys()] : [];
  const machine = { kind: 'continuous-batching', timing } as const;
  const startedAt = process.cpuUsage().user;
  const { schedule } = planSchedule({ instance: batch.instance, policy, seed: 1, machine });
  const planSeconds = (process.cpuUsage().user - startedAt) / 1e6;
  return {
    ...play(index, () => simulate(index, schedule, timing, undefined, { preloaded })),
    planSeconds,
  };
}

function play(_: InstanceIndex, run: () => SimulationReport): Played {
  const { makespanSeconds, hitRate, meanBatch } = run();
  return { makespanSeconds, hitRate, meanBatch, planSeconds: 0 };
}
