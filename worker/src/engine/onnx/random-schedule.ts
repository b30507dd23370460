import { type Call, type CallId, callId, createPrng, GREEDY, type Sampling } from '@helium/shared';
import { Planner } from '../../batching/index.ts';
import type { ExecutorLimits, StepExecutor } from '../../batching/step-executor.ts';

/** A call of a random schedule. */
export interface ScheduledCall {
  readonly prompt: Int32Array;
  readonly outputTokens: number;
  readonly sampling: Sampling;
  /** The step before which it comes. */
  readonly arrival: number;
  /** Steps after its arrival at which it is cancelled, where it is. */
  readonly cancelAfter: number | undefined;
}

export interface ScheduleSize {
  readonly vocab: number;
  readonly callsMax: number;
  readonly promptTokensMax: number;
  readonly outputTokensMax: number;
}

/**
 * Calls whose prompts begin alike in families, as agents' do: some continue the beginning of an earlier one
 * at any token, some are equal to one, some share nothing. A function of the seed.
 */
export function randomSchedule(seed: number, size: ScheduleSize): readonly ScheduledCall[] {
  const random = createPrng(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const calls: ScheduledCall[] = [];
  for (let count = 2 + below(size.callsMax - 1); calls.length < count; ) {
    const earlier = calls.length > 0 && random() < 0.7 ? calls[below(calls.length)] : undefined;
    const kept = earlier === undefined ? 0 : below(earlier.prompt.length + 1);
    const length = Math.max(1, kept, below(size.promptTokensMax) + 1);
    const prompt = Int32Array.from({ length }, (_, i) =>
      i < kept ? earlier!.prompt[i]! : below(size.vocab),
    );
    calls.push({
      prompt,
      outputTokens: 1 + below(size.outputTokensMax),
      sampling: random() < 0.6 ? GREEDY : drawSampling(below),
      arrival: below(12),
      cancelAfter: random() < 0.15 ? below(15) : undefined,
    });
  }
  return calls;
}

function drawSampling(below: (limit: number) => number): Sampling {
  const seed = BigInt(below(1000));
  return { temperature: 0.5 + below(3) / 2, topK: below(2) * 20, topP: 1 - below(2) / 10, seed };
}

/**
 * Plays schedules, one after the other, through one planner on an executor: what one leaves in the
 * prefix cache the next finds, or evicts.
 */
export class SchedulePlayer {
  private readonly executor: StepExecutor;
  private readonly planner: Planner;
  private calls = 0;
  private steps = 0;

  constructor(executor: StepExecutor) {
    this.executor = executor;
    this.planner = new Planner({
      limits: executor.limits,
      endTokenIds: new Set(),
      createDecoder: () => ({ push: () => '', end: () => '' }),
    });
  }

  get limits(): ExecutorLimits {
    return this.executor.limits;
  }

  /**
   * Plays calls to their ends. Returns for each what it generated: tokens and the bits of their log
   * probabilities, which are made of all logits of the place. A cancelled call gives what it had.
   */
  async play(calls: readonly ScheduledCall[], reusePrefix = true): Promise<readonly string[]> {
    const { planner } = this;
    const ids = calls.map(() => callId(`${this.calls++}`));
    const traces = new Map<CallId, string>();
    for (let step = 0; traces.size < calls.length; step++, this.steps++) {
      calls.forEach((call, i) => {
        const id = ids[i]!;
        const { arrival, cancelAfter } = call;
        if (arrival === step) planner.submit(createCall(id, call, reusePrefix), call.prompt, step);
        const isDue = cancelAfter !== undefined && arrival + cancelAfter === step;
        if (isDue) planner.cancel(id, this.steps);
      });
      const plan = planner.planStep(this.steps);
      if (plan !== undefined) planner.applyStep(await this.executor.step(plan), this.steps);
      for (const event of planner.takeEvents()) {
        if (event.kind !== 'finished') continue;
        const { id, error, logprobs = [] } = event.result;
        const tokens = logprobs.map(({ token, logprob }) => `${token}:${logprob}`);
        traces.set(id, error === undefined ? tokens.join(' ') : error.message);
      }
    }
    return ids.map((id) => traces.get(id)!);
  }

  /** What each call generates when it has the executor to itself, and nothing is reused. */
  async playAlone(calls: readonly ScheduledCall[]): Promise<readonly string[]> {
    const traces: string[] = [];
    for (const call of calls) {
      const alone = { ...call, arrival: 0, cancelAfter: undefined };
      traces.push(...(await this.play([alone], false)));
    }
    return traces;
  }
}

/**
 * Places where a played schedule differs from the calls alone; a cancelled call must be a beginning
 * of what it would have been.
 */
export function findDifferences(
  calls: readonly ScheduledCall[],
  played: readonly string[],
  alone: readonly string[],
): string[] {
  return calls.flatMap(({ cancelAfter, prompt }, i) => {
    const [got, expected] = [played[i]!, alone[i]!];
    const same = cancelAfter === undefined ? got === expected : expected.startsWith(got);
    if (same) return [];
    return [`call ${i} of ${prompt.length} prompt tokens: ${got || 'nothing'}; alone: ${expected}`];
  });
}

function createCall(
  id: CallId,
  { sampling, outputTokens }: ScheduledCall,
  reusePrefix: boolean,
): Call {
  return {
    id,
    messages: [],
    sampling,
    maxTokens: outputTokens,
    stop: [],
    logprobs: 0,
    reusePrefix,
    cacheSalt: '',
    order: 0,
    streamDeltas: false,
  };
}
