import { parentPort, workerData } from 'node:worker_threads';
import { openModel } from '@helium/model';
import { modelDigest } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import type { StepExecutor, StepPlan } from '../batching/index.ts';
import { createBatchEngine } from './batch-engine.ts';
import type { EngineHost } from './build-engine.ts';
import type { EngineConfig } from './engine-config.ts';
import { hostEngine } from './host-engine.ts';
import { createOnnxExecutor } from './onnx/index.ts';
import { createSimExecutor } from './sim/sim-executor.ts';
import { createSimVocabulary } from './sim/sim-tokenizer-spec.ts';

// An engine thread whose executor has the faults that `workerData` says, counted over all its lives.
const config = workerData as EngineConfig & {
  readonly faults: {
    readonly kind: 'exit' | 'throw' | 'memory';
    readonly atSteps?: readonly number[];
    readonly promptTokens?: number;
    /** It comes while the step runs, not before. */
    readonly duringStep?: boolean;
    /** Engines after the first draw other tokens, where they draw. */
    readonly otherSeeds?: boolean;
  };
  readonly steps: Int32Array;
};

const isReborn = Atomics.load(config.steps, 0) > 0;

await hostEngine(parentPort!, async (host) => {
  const { executor, spec } = config.engine === 'onnx' ? await openOnnx(host) : openSim();
  const tokenizer = createTokenizer(spec);
  const life = config.modelPath === 'changes' ? Atomics.load(config.steps, 0) : 0;
  const served = {
    model: 'm',
    modelDigest: modelDigest(`${life}`.repeat(64)),
    tokenizerSpec: spec,
  };
  return { engine: createBatchEngine(withFaults(executor), tokenizer), served };
});

async function openOnnx(host: EngineHost) {
  const model = openModel(config.modelPath);
  const executor = await createOnnxExecutor(model, { ...config, ...host });
  model.close();
  return { executor, spec: model.tokenizer };
}

function openSim() {
  const { spec, outputTokens, endToken } = createSimVocabulary();
  return { executor: createSimExecutor({ outputTokens, endToken }), spec };
}

function withFaults(executor: StepExecutor): StepExecutor {
  return {
    limits: executor.limits,
    opened: executor.opened,
    close: () => executor.close(),
    async step(plan) {
      const step = Atomics.add(config.steps, 0, 1) + 1;
      if (isFaulty(step, plan)) {
        if (!config.faults.duringStep) fail();
        setTimeout(fail, 2);
      }
      return executor.step(isReborn && config.faults.otherSeeds ? withOtherSeeds(plan) : plan);
    },
  };
}

function withOtherSeeds(plan: StepPlan): StepPlan {
  const begin = plan.begin.map((each) => ({
    ...each,
    sampling: { ...each.sampling, seed: (each.sampling.seed ?? 0n) + 1n },
  }));
  return { ...plan, begin };
}

function isFaulty(step: number, plan: StepPlan): boolean {
  const { atSteps = [], promptTokens } = config.faults;
  const ends = plan.prefills.filter(({ last }) => last);
  return (
    atSteps.includes(step) ||
    ends.some(({ start, tokens }) => start + tokens.length === promptTokens)
  );
}

function fail(): never {
  const { kind } = config.faults;
  if (kind === 'exit') process.exit(3);
  if (kind === 'memory') throw new RangeError('Array buffer allocation failed');
  setImmediate(() => {
    throw new Error('a mistake outside of the step');
  });
  throw new Error('device lost');
}
