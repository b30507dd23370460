import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Call,
  type CallId,
  type CallResult,
  HeliumError,
  invariant,
  type PrefixDirective,
  type ResidencySnapshot,
  systemClock,
} from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import {
  cancelledResult,
  errorResult,
  Planner,
  type PlannerOptions,
  resumedConstraint,
  type StepExecutor,
} from '../batching/index.ts';
import { type SchemaCompiler, SchemaConstraints } from './constraint/index.ts';
import type { Engine, EngineDescription, EngineEvent } from './engine.ts';

export interface BatchEngineOptions
  extends Pick<PlannerOptions, 'stepTokensMax' | 'pinBudgetBlocks'> {
  /** Steady time for what calls took; default: the system's. */
  readonly nowMs?: () => number;
  /** Compiles output schemas beside the steps; it is closed with the engine. Default: between steps. */
  readonly schemaCompiler?: SchemaCompiler;
}

/**
 * An engine whose steps are decided by `batching/` and computed by the executor, which it owns:
 * `close` closes it. One step runs at a time; between steps the event loop gets its turn, and an
 * idle engine sleeps. A call waits while its output schema is compiled.
 */
export function createBatchEngine(
  executor: StepExecutor,
  tokenizer: Tokenizer,
  options: BatchEngineOptions = {},
): Engine {
  return new BatchEngine(executor, tokenizer, options);
}

type Phase = 'open' | 'draining' | 'closed' | 'failed';

const REFUSALS: Record<Exclude<Phase, 'open'>, HeliumError> = {
  draining: new HeliumError('QUEUE_FULL', 'the engine drains and takes no new calls'),
  closed: new HeliumError('QUEUE_FULL', 'the engine is closed'),
  failed: new HeliumError('ENGINE_FAILED', 'the engine has failed'),
};

class BatchEngine implements Engine {
  readonly description: EngineDescription;
  readonly #executor: StepExecutor;
  readonly #tokenizer: Tokenizer;
  readonly #planner: Planner;
  readonly #constraints: SchemaConstraints;
  /** Calls whose schema is being compiled. */
  readonly #compiling = new Map<CallId, Call>();
  readonly #nowMs: () => number;
  readonly #loop: Promise<void>;
  #phase: Phase = 'open';
  #listener: ((event: EngineEvent) => void) | undefined;
  #wake: () => void = () => {};
  #residencyEvents = 0;
  #whenIdle: (() => void)[] = [];
  #closed: Promise<void> | undefined;
  /** Why no step can run, whatever comes. */
  #refusal: HeliumError | undefined;

  constructor(executor: StepExecutor, tokenizer: Tokenizer, options: BatchEngineOptions) {
    const { engine, device, contextTokens, kvTokens, blockTokens, maxBatch } = executor.limits;
    this.description = { engine, device, contextTokens, kvTokens, blockTokens, maxBatch };
    this.#executor = executor;
    this.#tokenizer = tokenizer;
    this.#constraints = new SchemaConstraints(tokenizer, options.schemaCompiler);
    this.#nowMs = options.nowMs ?? systemClock.now;
    this.#planner = new Planner({
      ...options,
      limits: executor.limits,
      endTokenIds: tokenizer.endTokenIds,
      createDecoder: (continues) => tokenizer.createDecoder(continues),
    });
    this.#loop = this.#run();
    executor.opened
      ?.catch((thrown: unknown) => {
        this.#refusal = HeliumError.from(thrown);
      })
      .then(() => this.#wakeUp());
  }

  onEvent(listener: (event: EngineEvent) => void): void {
    invariant(this.#listener === undefined, 'the engine has a listener already');
    this.#listener = listener;
  }

  submit(call: Call, produced: readonly number[] = []): void {
    invariant(this.#listener !== undefined, 'a call was submitted before a listener was set');
    if (this.#phase === 'open') this.#queue(call, produced);
    else this.#planner.answer(errorResult(call, REFUSALS[this.#phase]));
    this.#wakeUp();
  }

  cancel(id: CallId, unlessBegun = false): void {
    const compiling = this.#compiling.get(id);
    if (compiling === undefined) this.#planner.cancel(id, this.#nowMs(), unlessBegun);
    else this.#endCompiling(cancelledResult(compiling));
    this.#wakeUp();
  }

  direct(directive: PrefixDirective): void {
    this.#planner.direct(directive);
    this.#wakeUp();
  }

  async snapshot(): Promise<ResidencySnapshot> {
    return { sequence: this.#residencyEvents, ...this.#planner.residency.snapshot() };
  }

  async drain(): Promise<void> {
    if (this.#phase === 'open') this.#phase = 'draining';
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#phase !== 'failed') this.#phase = 'closed';
    this.#planner.cancelAll(this.#nowMs());
    for (const call of this.#compiling.values()) this.#endCompiling(cancelledResult(call));
    this.#wakeUp();
    await this.#loop;
    await this.#constraints.close();
    await this.#executor.close();
  }

  get #isIdle(): boolean {
    const { runningCalls, queuedCalls } = this.#planner.load;
    return runningCalls + queuedCalls + this.#compiling.size === 0;
  }

  #queue(call: Call, produced: readonly number[]): void {
    if (this.#compiling.has(call.id)) return;
    try {
      const prompt = this.#tokenizer.encode(this.#tokenizer.renderChat(call.messages));
      const { outputSchema } = call;
      if (outputSchema !== undefined && !this.#constraints.isReady(outputSchema)) {
        void this.#compile(call, outputSchema, prompt, produced);
        return;
      }
      this.#submit(call, prompt, this.#nowMs(), produced);
    } catch (thrown) {
      this.#planner.answer(errorResult(call, HeliumError.from(thrown)));
    }
  }

  /** Steps go on meanwhile; the call may be cancelled, and the engine fail. */
  async #compile(
    call: Call,
    schema: string,
    prompt: Int32Array,
    produced: readonly number[],
  ): Promise<void> {
    const arrivedMs = this.#nowMs();
    this.#compiling.set(call.id, call);
    await this.#constraints.prepare(schema);
    if (this.#compiling.get(call.id) !== call) return;
    this.#compiling.delete(call.id);
    try {
      this.#submit(call, prompt, arrivedMs, produced);
    } catch (thrown) {
      this.#planner.answer(errorResult(call, HeliumError.from(thrown)));
    }
    this.#wakeUp();
  }

  #submit(call: Call, prompt: Int32Array, arrivedMs: number, produced: readonly number[]): void {
    const { outputSchema } = call;
    const kept = outputSchema === undefined ? undefined : this.#constraints.open(outputSchema);
    const constraint = produced.length > 0 ? resumedConstraint(produced, kept) : kept;
    this.#planner.submit(call, prompt, arrivedMs, constraint);
  }

  #endCompiling(result: CallResult): void {
    this.#compiling.delete(result.id);
    this.#planner.answer(result);
  }

  async #run(): Promise<void> {
    try {
      while (this.#isRunning) await this.#step();
    } catch (thrown) {
      this.#fail(HeliumError.from(thrown));
    }
  }

  get #isRunning(): boolean {
    return this.#phase === 'open' || this.#phase === 'draining';
  }

  /** One step, or where there is none to run what makes later ones faster, or a sleep. */
  async #step(): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const plan = this.#planner.planStep(this.#nowMs());
    this.#emit();
    if (plan === undefined) {
      const isPreparing = this.#executor.prepareMore?.() ?? false;
      if (!isPreparing) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      // What comes in one burst is planned together.
      await nextTurn();
      return;
    }
    const output = await this.#executor.step(plan);
    this.#planner.applyStep(output, this.#nowMs());
    this.#emit();
    await nextTurn();
  }

  /** Every call ends with ENGINE_FAILED, whatever the cause was. */
  #fail(cause: HeliumError): void {
    this.#phase = 'failed';
    const message = `the engine failed: ${cause.message}`;
    const error = new HeliumError('ENGINE_FAILED', message, { cause });
    for (const call of this.#compiling.values()) this.#endCompiling(errorResult(call, error));
    this.#planner.fail(error, this.#nowMs());
    this.#emit();
    this.#listener?.({ kind: 'failed', message, isFinal: this.#refusal !== undefined });
  }

  /**
   * What happened outside of a step is told in the next microtask: never from within a caller's
   * call.
   */
  #wakeUp(): void {
    this.#wake();
    queueMicrotask(() => this.#emit());
  }

  #emit(): void {
    for (const event of this.#planner.takeEvents()) {
      if (event.kind === 'residency') this.#residencyEvents++;
      this.#listener?.(event);
    }
    if (!this.#isIdle) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
