import { evaluateTokenSteps } from '../cost-model.ts';
import type { MachineModel, Schedule, SchedulingOptions } from '../instance.ts';
import type { InstanceIndex } from '../instance-index.ts';
import type { Candidate } from '../policy.ts';
import { type BegunWorkers, beginWorkers } from '../simulation/begun-workers.ts';
import { simulateFeasible } from '../simulation/simulate.ts';
import { REFERENCE_MACHINE } from '../simulation/step-timing.ts';
import { batchingCost, type Marks, type Weights } from './batching-cost.ts';

/**
 * Plays schedules on the machine model told (`PROBLEM.md`, section 3 or 5). A batch with a call that no
 * worker's cache holds cannot be played and is judged in token steps.
 */
export class Judge {
  readonly machine: MachineModel;
  /** What has begun when a schedule comes into force. */
  readonly begun: BegunWorkers | undefined;
  readonly #index: InstanceIndex;

  constructor(index: InstanceIndex, { machine, state }: SchedulingOptions) {
    this.#index = index;
    this.machine = machineFor(index, machine);
    this.begun = state && beginWorkers(index, state);
  }

  judge(name: string, schedule: Schedule): Candidate {
    if (this.machine.kind === 'token-steps') {
      const { makespan, hitRate } = evaluateTokenSteps(this.#index, schedule);
      return { name, cost: makespan, hitRate };
    }
    const { timing } = this.machine;
    const { begun } = this;
    const played = simulateFeasible(this.#index, schedule, timing, undefined, undefined, begun);
    return { name, cost: played.makespanSeconds, hitRate: played.hitRate };
  }

  /** By what candidates are compared: in token steps the makespan, else `batchingCost`. */
  costOf({ cost, hitRate }: Candidate, marks: Marks, weights?: Weights): number {
    if (this.machine.kind === 'token-steps') return cost;
    return batchingCost({ makespanSeconds: cost, hitRate }, marks, weights);
  }
}

function machineFor(index: InstanceIndex, told: MachineModel = REFERENCE_MACHINE): MachineModel {
  const { kvCapacity } = index.instance;
  const fits = index.out.every((out, call) => index.promptTokens[call]! + out <= kvCapacity);
  return fits ? told : { kind: 'token-steps' };
}
