import type { WorkerDoor, WorkerEvent, WorkerPort } from '@helium/coordinator';
import {
  type Call,
  type CallId,
  type CallResult,
  modelDigest,
  NO_STEPS,
  NO_USAGE,
  type PrefixDirective,
  type StepTotals,
  type WorkerIdentity,
  withStep,
} from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import {
  createSimExecutor,
  type EvictionPolicy,
  Outbox,
  Planner,
  type SimExecutor,
  type SimExecutorOptions,
  type WorkerMessage,
} from '@helium/worker/core';
import type { Agenda } from './agenda.ts';
import { END_TOKEN, outputTokens } from './word-tokenizer.ts';

/** What all workers of a world have in common. */
export interface WorkerWorld {
  readonly agenda: Agenda;
  readonly door: WorkerDoor;
  readonly tokenizer: Tokenizer;
  readonly executor: Omit<SimExecutorOptions, 'outputTokens' | 'endToken' | 'speed' | 'clock'>;
  readonly stepTokensMax: number;
  readonly heartbeatMs: number;
  /** Of a message, one way. */
  readonly latencyMs: number;
  /** Default: by next use, as workers do it. */
  readonly eviction?: EvictionPolicy;
  /** Sees what workers do, and nothing of it changes them. */
  readonly observer?: WorkerObserver;
}

/** Told of a worker's life as it happens. */
export interface WorkerObserver {
  started(planner: Planner): void;
  received(call: Call, prompt: Int32Array): void;
  finished(result: CallResult): void;
  /** It is about to compute a prefix ahead of calls. */
  prefetches?(worker: SimulatedWorker): void;
}

/** Residency waits this long for results to travel with. */
const RESIDENCY_DELAY_MS = 20;

/** A worker's life between start and death: its memory, and its one attachment. */
interface Life {
  readonly executor: SimExecutor;
  readonly planner: Planner;
  readonly outbox: Outbox;
  readonly calls: Set<CallId>;
  /** Residency events since the start. */
  residencyEvents: number;
  isStepping: boolean;
  flushesAt: number;
  deliver: (event: WorkerEvent) => void;
  load: { runningCalls: number; queuedCalls: number; kvTokensUsed: number };
  totals: StepTotals;
  prefetchedTokens: number;
}

/**
 * A worker process in virtual time: the real planner, residency, modelled server and outbox. Where a
 * real worker has a stream and an engine thread, this has an agenda.
 */
export class SimulatedWorker {
  /** Multiplies the time of its steps. */
  slowness = 1;
  /** It ends every call that comes with an error. */
  isRefusing = false;
  /** Calls that it ended so. */
  refused = 0;
  /** And all others. */
  answered = 0;
  /** The coordinator has let it go. */
  isLetGo = false;
  /** Messages to the coordinator that have not arrived. */
  inTransit = 0;
  steps = 0;
  readonly #identity: Omit<WorkerIdentity, 'modelDigest'>;
  readonly #world: WorkerWorld;
  /** Of its model, by number. */
  #weights = 0;
  #life: Life | undefined;

  constructor(identity: Omit<WorkerIdentity, 'modelDigest'>, world: WorkerWorld) {
    this.#identity = identity;
    this.#world = world;
  }

  get identity(): WorkerIdentity {
    const digest = String(this.#weights).padStart(64, '0');
    return { ...this.#identity, modelDigest: modelDigest(digest) };
  }

  get planner(): Planner | undefined {
    return this.#life?.planner;
  }

  /** A new process, with an empty memory; other weights are another version of its model. */
  start(weights = this.#weights): void {
    this.#weights = weights;
    this.isLetGo = false;
    const { executor: options, stepTokensMax, tokenizer, door, eviction } = this.#world;
    const tokens = { outputTokens: outputTokens(this.#weights), endToken: END_TOKEN };
    const executor = createSimExecutor({ ...options, ...tokens });
    const planner = new Planner({
      limits: executor.limits,
      endTokenIds: tokenizer.endTokenIds,
      createDecoder: () => tokenizer.createDecoder(),
      stepTokensMax,
      ...(eviction === undefined ? {} : { eviction }),
    });
    this.#world.observer?.started(planner);
    const life: Life = {
      executor,
      planner,
      outbox: new Outbox(),
      calls: new Set(),
      residencyEvents: 0,
      isStepping: false,
      flushesAt: Number.POSITIVE_INFINITY,
      deliver: () => {},
      load: planner.load,
      totals: NO_STEPS,
      prefetchedTokens: 0,
    };
    this.#life = life;
    const { epoch } = door.admit(this.identity);
    life.deliver = door.attach(this.#port(epoch, life));
    life.outbox.residency.attach();
    this.#addSnapshot(life);
    life.outbox.addCredits(this.identity.maxCalls);
    this.#beat(life);
  }

  /** The process is gone. `isNoticed`: its stream breaks; else it merely falls silent. */
  die(isNoticed: boolean): void {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined || !isNoticed) return;
    const event = { kind: 'lost', reason: 'the process died' } as const;
    this.#world.agenda.after(this.#world.latencyMs, () => life.deliver(event));
  }

  #port(epoch: number, life: Life): WorkerPort {
    const later = (act: () => void) => {
      this.#world.agenda.after(this.#world.latencyMs, () => {
        if (this.#life === life) act();
      });
    };
    return {
      identity: this.identity,
      epoch,
      sendBatch: (calls) => later(() => this.#receive(life, calls)),
      sendDirectives: (directives) => later(() => this.#direct(life, directives)),
      cancel: (ids, unlessBegun) => later(() => this.#cancel(life, ids, unlessBegun)),
      requestSnapshot: () => later(() => this.#answerSnapshot(life)),
      drain: () =>
        later(() => {
          this.isLetGo = true;
        }),
      stay: () => {},
      close: () => {
        life.deliver = () => {};
      },
    };
  }

  #receive(life: Life, calls: readonly Call[]): void {
    const { tokenizer, agenda } = this.#world;
    for (const call of calls) {
      if (this.isRefusing) {
        this.#refuse(life, call);
        continue;
      }
      life.calls.add(call.id);
      const prompt = tokenizer.encode(tokenizer.renderChat(call.messages));
      this.#world.observer?.received(call, prompt);
      life.planner.submit(call, prompt, agenda.now);
    }
    this.#wake(life);
  }

  #refuse(life: Life, { id }: Call): void {
    this.refused++;
    const error = { code: 'ENGINE_FAILED', message: 'the device is lost' } as const;
    life.outbox.addResult({ id, text: '', finish: 'error', usage: NO_USAGE, error });
    this.#flush(life);
  }

  #direct(life: Life, directives: readonly PrefixDirective[]): void {
    for (const directive of directives) life.planner.direct(directive);
    if (directives.some(({ kind }) => kind === 'prefetch'))
      this.#world.observer?.prefetches?.(this);
    this.#wake(life);
  }

  #cancel(life: Life, ids: readonly CallId[], unlessBegun: boolean): void {
    for (const id of ids) {
      if (life.calls.has(id)) life.planner.cancel(id, this.#world.agenda.now, unlessBegun);
    }
    this.#wake(life);
  }

  #answerSnapshot(life: Life): void {
    life.outbox.residency.expectSnapshot();
    this.#addSnapshot(life);
    this.#flush(life);
  }

  #addSnapshot({ outbox, planner, residencyEvents }: Life): void {
    outbox.residency.addSnapshot({ sequence: residencyEvents, ...planner.residency.snapshot() });
  }

  /** What comes in one burst is planned together. */
  #wake(life: Life): void {
    this.#emit(life);
    if (life.isStepping) return;
    life.isStepping = true;
    this.#world.agenda.after(0, () => this.#step(life));
  }

  #step(life: Life): void {
    if (this.#life !== life) return;
    const { agenda } = this.#world;
    const plan = life.planner.planStep(agenda.now);
    this.#emit(life);
    if (plan === undefined) {
      life.isStepping = false;
      return;
    }
    this.steps++;
    const output = life.executor.stepNow(plan);
    const ms = output.ms * this.slowness;
    agenda.after(ms, () => {
      if (this.#life !== life) return;
      life.planner.applyStep({ ...output, ms }, agenda.now);
      this.#emit(life);
      this.#step(life);
    });
  }

  #emit(life: Life): void {
    let delayMs = Number.POSITIVE_INFINITY;
    for (const event of life.planner.takeEvents()) {
      switch (event.kind) {
        case 'delta':
          life.outbox.addDelta(event.delta);
          delayMs = Math.min(delayMs, RESIDENCY_DELAY_MS);
          break;
        case 'finished':
          life.calls.delete(event.result.id);
          this.answered++;
          this.#world.observer?.finished(event.result);
          life.outbox.addResult(event.result);
          delayMs = 0;
          break;
        case 'residency':
          life.residencyEvents++;
          if (!life.outbox.addResidency(event.event)) this.#addSnapshot(life);
          delayMs = Math.min(delayMs, RESIDENCY_DELAY_MS);
          break;
        case 'prefetched':
          life.prefetchedTokens += event.computedTokens;
          life.outbox.addPrefetched(event.residentTokens, event.computedTokens);
          delayMs = 0;
          break;
        case 'stepped':
          life.load = event.load;
          life.totals = withStep(life.totals, event.step);
          break;
        case 'failed':
          throw new Error(event.message);
      }
    }
    if (delayMs === 0) this.#flush(life);
    else if (delayMs < Number.POSITIVE_INFINITY) this.#flushAfter(life, delayMs);
  }

  #flushAfter(life: Life, delayMs: number): void {
    const { agenda } = this.#world;
    const at = agenda.now + delayMs;
    if (life.flushesAt <= at) return;
    life.flushesAt = at;
    agenda.after(delayMs, () => {
      if (life.flushesAt === at) this.#flush(life);
    });
  }

  #flush(life: Life): void {
    life.flushesAt = Number.POSITIVE_INFINITY;
    if (this.#life !== life) return;
    const events: WorkerEvent[] = [];
    for (let said = life.outbox.take(); said !== undefined; said = life.outbox.take()) {
      events.push(...heard(said));
    }
    if (events.length === 0) return;
    this.inTransit++;
    this.#world.agenda.after(this.#world.latencyMs, () => {
      this.inTransit--;
      for (const event of events) life.deliver(event);
    });
  }

  #beat(life: Life): void {
    if (this.#life !== life) return;
    const runningCalls = Math.min(life.load.runningCalls, life.calls.size);
    const calls = { runningCalls, queuedCalls: life.calls.size - runningCalls };
    const { prefetchedTokens, totals: steps } = life;
    life.outbox.addHeartbeat({ ...life.load, ...calls, loopDelayMs: 0, prefetchedTokens, steps });
    this.#flush(life);
    this.#world.agenda.after(this.#world.heartbeatMs, () => this.#beat(life));
  }
}

/** A message in the words of the coordinator's door. */
function heard(said: WorkerMessage): WorkerEvent[] {
  switch (said.kind) {
    case 'heartbeat':
      return [{ kind: 'heartbeat', load: said.load }];
    case 'draining':
      return [];
    case 'deltas':
      return said.deltas.map((delta) => ({ kind: 'delta', delta }));
    case 'results':
      return said.results.map((result) => ({ kind: 'result', result }));
    default:
      return [said];
  }
}
