import {
  type Call,
  type CallId,
  type CallResult,
  createPrng,
  isDeterministic,
  type Prng,
  type RunId,
  runId,
  type TenantId,
  tenantId,
  type WorkerId,
  type WorkerIdentity,
} from '@helium/shared';
import { NO_LOAD } from '../../cluster/index.ts';
import type { PhysicalNode, PhysicalPlan } from '../../plan/physical-plan.ts';
import type { RunEventBody, RunOptions } from '../run-port.ts';
import { USUAL_OPTIONS } from '../usual-options.ts';
import type { WorkerEvent } from '../worker-port.ts';
import type { CoreEvent, Effect, MadeSchedule, NodeRef, PlannedRun } from './core-event.ts';
import { DispatchCore } from './dispatch-core.ts';
import { expandForTest } from './expand-for-test.fixture.ts';
import { done, failed, NO_USAGE } from './fake-result.fixture.ts';
import type { Faults } from './faults.fixture.ts';
import { identityOf } from './identity-of.fixture.ts';
import { OrderHeap } from './order-heap.ts';
import { printEffects } from './print-effects.fixture.ts';
import { randomPlaces } from './random-places.fixture.ts';
import { fakeFunction } from './random-plan.fixture.ts';

const LEASE = { heartbeatMs: 100, timeoutMs: 1000 };
/** Faults stop here: everything must come to an end after it. */
const CALM_AT = 20_000;
const END_AT = 200_000;

interface SimulatedWorker {
  readonly identity: WorkerIdentity;
  epoch: number;
  alive: boolean;
  slowness: number;
  readonly calls: Map<CallId, Call>;
  sequence: number;
}

/** Workers, cache, functions and scheduler around a core, in virtual time from one seed. */
export class SimulatedWorld {
  readonly core: DispatchCore;
  readonly emitted = new Map<RunId, RunEventBody[]>();
  readonly steps: { readonly at: number; readonly event: CoreEvent; readonly effects: string }[] =
    [];
  readonly cache = new Map<string, string>();
  executed = 0;
  /** Times that places got another order. */
  improved = 0;
  /** Parts of schedules behind which others came. */
  parts = 0;
  /** Deterministic prompts that ran though they had been answered. */
  readonly repeated: string[] = [];
  readonly #prompts = new Set<string>();
  readonly faults: string[] = [];
  readonly #random: Prng;
  readonly #faults: Faults;
  readonly #agenda = new OrderHeap<() => void>();
  readonly #workers: SimulatedWorker[];
  readonly #plans = new Map<RunId, PlannedRun>();
  /** Calls that workers were told to end and may still have. */
  readonly #calledOff = new Set<CallId>();
  /** The nodes of each run, those of expansions included. */
  readonly #grown = new Map<RunId, PhysicalNode[]>();
  #now = 0;

  constructor(
    seed: number,
    workers: readonly string[],
    faults: Faults,
    options: {
      readonly weightOf?: (tenant: TenantId) => number;
      /** Calls that every worker takes; by chance if absent. */
      readonly maxCalls?: number;
      /** Time for improving schedules, ms. */
      readonly improveMs?: number;
      /** Nodes that start in a turn. */
      readonly startsMax?: number;
    } = {},
  ) {
    const { weightOf, improveMs, startsMax } = options;
    this.core = new DispatchCore(LEASE, weightOf, improveMs, { startsMax });
    this.#random = createPrng(seed);
    this.#faults = faults;
    this.#workers = workers.map((model, i) => ({
      identity: identityOf(`w${i}`, model, options.maxCalls ?? 1 + Math.floor(this.#random() * 4)),
      epoch: 0,
      alive: false,
      slowness: 1,
      calls: new Map(),
      sequence: 0,
    }));
    for (const worker of this.#workers) this.#later(50, () => this.#attach(worker));
    this.#tick();
  }

  submit(name: string, plan: PhysicalPlan, options: Partial<RunOptions>, tenant = 't'): void {
    const id = runId(name);
    this.emitted.set(id, []);
    const derivationKeys = new Map(
      plan.nodes.flatMap(({ action }, node) =>
        action.kind === 'call' && isDeterministic(action.operator.sampling)
          ? [[node, `derivation ${name} ${node}`] as const]
          : [],
      ),
    );
    this.#later(3000, () => {
      const run: PlannedRun = {
        id,
        tenant: tenantId(tenant),
        plan,
        options: { ...USUAL_OPTIONS, streamDeltas: true, ...options },
        cacheSalt: 's',
        derivationKeys,
        acceptedAt: this.#now,
        planMs: 1,
      };
      this.#plans.set(id, run);
      this.#grown.set(id, [...plan.nodes]);
      this.#step({ kind: 'runPlanned', run });
      if (this.#chance(this.#faults.cancel)) {
        this.#later(500, () => this.#step({ kind: 'cancelRun', run: id, reason: 'enough' }));
      }
    });
  }

  /** Lives until nothing is left to do. */
  run(): void {
    for (let next = this.#agenda.pop(); next !== undefined; next = this.#agenda.pop()) {
      this.#now = next.order;
      if (this.#now > END_AT) return;
      next.item();
      if (this.#now > CALM_AT && this.core.liveRuns === 0 && this.#plans.size === this.emitted.size)
        return;
    }
  }

  #tick(): void {
    this.#agenda.push(this.#now + LEASE.heartbeatMs / 2, () => {
      this.#step({ kind: 'tick' });
      for (const worker of this.#workers) this.#beat(worker);
      this.#tick();
    });
  }

  #beat(worker: SimulatedWorker): void {
    if (!worker.alive) return;
    this.#say(worker, { kind: 'heartbeat', load: { ...NO_LOAD, runningCalls: worker.calls.size } });
    if (this.#chance(this.#faults.slow ?? 0)) worker.slowness = worker.slowness === 1 ? 30 : 1;
    if (this.#now > CALM_AT) return;
    if (this.#chance(this.#faults.drain ?? 0)) this.#drain(worker);
    if (this.#chance(this.#faults.death)) this.#die(worker);
  }

  #drain(worker: SimulatedWorker): void {
    const { epoch, identity } = worker;
    this.#step({ kind: 'drainWorker', worker: identity.workerId });
    this.#later(2000, () => {
      if (worker.alive && worker.epoch === epoch) this.#die(worker);
    });
  }

  #die(worker: SimulatedWorker): void {
    worker.alive = false;
    worker.calls.clear();
    if (this.#chance(0.5))
      this.#hear(worker, worker.epoch, { kind: 'lost', reason: 'the process died' });
    this.#later(3000, () => this.#attach(worker));
  }

  #attach(worker: SimulatedWorker): void {
    worker.epoch = this.core.registry.admit();
    worker.alive = true;
    worker.sequence = 0;
    const { identity, epoch } = worker;
    this.#step({ kind: 'workerAttached', identity, epoch });
    this.#say(worker, { kind: 'credits', calls: identity.maxCalls });
  }

  #say(worker: SimulatedWorker, event: Exclude<WorkerEvent, { kind: 'attached' }>): void {
    this.#hear(worker, worker.epoch, event);
  }

  #hear(
    worker: SimulatedWorker,
    epoch: number,
    event: Exclude<WorkerEvent, { kind: 'attached' }>,
  ): void {
    this.#step({ kind: 'workerSaid', worker: worker.identity.workerId, epoch, event });
  }

  #step(event: CoreEvent): void {
    const effects = this.core.step(this.#now, event);
    this.steps.push({ at: this.#now, event, effects: printEffects(effects) });
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'sendBatch':
        for (const call of effect.calls) this.#receive(this.#worker(effect.worker), call);
        break;
      case 'cancelCalls':
        for (const id of effect.ids) {
          if (!effect.unlessBegun) this.#calledOff.add(id);
          if (effect.unlessBegun && this.#chance(0.5)) continue;
          this.#cancel(this.#worker(effect.worker), id);
        }
        break;
      case 'lookupPrompts':
        this.#later(50, () => this.#answerLookup(effect));
        break;
      case 'storeResults':
        for (const { key, text } of effect.entries) this.cache.set(key, text);
        break;
      case 'runFunction': {
        const { run, node, name, args } = effect;
        const text = fakeFunction(name, args);
        this.#later(100, () => this.#step({ kind: 'functionDone', run, node, text }));
        break;
      }
      case 'expandNode':
        this.#expand(effect);
        break;
      case 'requestTurn':
        this.#later(40, () => this.#step({ kind: 'turn' }));
        break;
      case 'requestSchedule':
        this.#later(30, () => this.#putInForce(this.#schedule(effect.version)));
        break;
      case 'requestPlaces':
        this.#place();
        break;
      case 'improveSchedule':
        this.#later(2 * effect.budgetMs, () => this.#improve(effect.generation));
        break;
      case 'emit':
        this.emitted.get(effect.run)?.push(effect.body);
        break;
      case 'keepJournal':
        this.faults.push(`broken invariant in ${effect.run}`);
        break;
      default:
        break;
    }
  }

  #place(): void {
    this.#later(30, () => {
      const open = this.core.planning.unplacedCalls();
      const isPart = open.length > 1 && this.#chance(0.5);
      const { workers } = this.#schedule(0, isPart ? open.slice(0, open.length >> 1) : open);
      this.#step({ kind: 'callsPlaced', workers, isPart });
      if (isPart) this.#place();
    });
  }

  /** In parts, between which time passes and whatever may happens; a sequence may be cut as well. */
  #putInForce({ version, workers }: MadeSchedule): void {
    const [next, ...others] = workers;
    if (next === undefined || this.#chance(0.3)) {
      this.#step({ kind: 'scheduleMade', schedule: { version, workers } });
      return;
    }
    const cut = Math.floor(this.#random() * (next.places.length + 1));
    const part = { ...next, places: next.places.slice(0, cut) };
    const rest = { ...next, places: next.places.slice(cut) };
    this.parts += 1;
    this.#step({ kind: 'scheduleMade', schedule: { version, workers: [part] }, isPart: true });
    this.#later(150, () => this.#putInForce({ version, workers: [rest, ...others] }));
  }

  /** Any order of the places that were there, or of those that are there now. */
  #improve(generation: number): void {
    const workers = this.#chance(0.8) ? this.#schedule(0).workers : [];
    this.improved += workers.length > 0 ? 1 : 0;
    this.#step({ kind: 'scheduleImproved', generation, workers });
  }

  /** Plans after the time of a round trip to the cache; in the order in which the plans are made. */
  #expand({ run: id, node, texts }: Extract<Effect, { kind: 'expandNode' }>): void {
    this.#later(80, () => {
      const run = this.#plans.get(id);
      const grown = this.#grown.get(id);
      if (run === undefined || grown === undefined) return;
      const expanded = expandForTest(run, grown, node, texts, this.cache);
      grown.push(...expanded.nodes);
      this.#step({ kind: 'nodeExpanded', run: id, node, expanded });
    });
  }

  #answerLookup({ request, keys }: Extract<Effect, { kind: 'lookupPrompts' }>): void {
    const reachable = !this.#chance(this.#faults.cacheDown);
    const hits = new Map<string, string>();
    for (const key of reachable ? keys : []) {
      const text = this.cache.get(key);
      if (text !== undefined) hits.set(key, text);
    }
    this.#step({ kind: 'cacheAnswer', request, hits, reachable });
  }

  #receive(worker: SimulatedWorker, call: Call): void {
    const { identity, calls, epoch } = worker;
    if (!worker.alive) return;
    if (calls.size >= identity.maxCalls) this.faults.push(`${identity.workerId} has no room`);
    if (calls.has(call.id)) this.faults.push(`${call.id} came twice`);
    this.#checkTwins(call, identity.model);
    calls.set(call.id, call);
    if (call.streamDeltas && this.#chance(0.3)) {
      const delta = { id: call.id, offset: 0, text: 'x', tokens: 1 };
      this.#later(20, () => this.#hear(worker, epoch, { kind: 'delta', delta }));
    }
    const sentAt = this.#now;
    this.#later(400 * worker.slowness, () => {
      const isHere = worker.epoch === epoch && worker.alive;
      if (isHere && !calls.has(call.id)) return;
      const fails = this.#now < CALM_AT && this.#chance(this.#faults.error);
      if (!fails && isHere) this.#countExecuted(call, identity.model);
      this.#end(worker, epoch, call.id, fails ? failed(call.id) : done(call, this.#now - sentAt));
    });
  }

  #countExecuted(call: Call, model: string): void {
    this.executed += 1;
    if (!isDeterministic(call.sampling)) return;
    const prompt = JSON.stringify([model, call.messages]);
    if (this.#prompts.has(prompt)) this.repeated.push(`${call.id} asks ${prompt} again`);
    this.#prompts.add(prompt);
  }

  /** Says the end of a call; after a death this is a late result of an old epoch. */
  #end(worker: SimulatedWorker, epoch: number, id: CallId, result: CallResult): void {
    if (worker.epoch === epoch) worker.calls.delete(id);
    const messages: Exclude<WorkerEvent, { kind: 'attached' }>[] = [
      { kind: 'result', result },
      { kind: 'credits', calls: 1 },
    ];
    if (this.#chance(0.5)) messages.reverse();
    for (const message of messages) this.#hear(worker, epoch, message);
  }

  #cancel(worker: SimulatedWorker, id: CallId): void {
    const { epoch } = worker;
    this.#later(30, () => {
      if (!worker.calls.has(id) || worker.epoch !== epoch) return;
      this.#end(worker, epoch, id, { id, text: '', finish: 'cancelled', usage: NO_USAGE });
    });
  }

  /** No deterministic prompt runs twice at the same time, except for naive and bypassing runs. */
  #checkTwins(call: Call, model: string): void {
    if (!isDeterministic(call.sampling) || call.cacheSalt !== 's') return;
    const usesCache = [...this.#plans.values()].every(
      ({ options }) => options.usePromptCache && !options.naive,
    );
    if (!usesCache) return;
    const text = JSON.stringify(call.messages);
    for (const { identity, alive, calls } of this.#workers) {
      if (!alive || identity.model !== model) continue;
      for (const other of calls.values()) {
        const isTwin = JSON.stringify(other.messages) === text && isDeterministic(other.sampling);
        if (isTwin && !this.#calledOff.has(other.id)) {
          this.faults.push(`${call.id} is ${other.id} again`);
        }
      }
    }
  }

  #schedule(version: number, open = this.core.planning.openCalls()): MadeSchedule {
    const actionOf = ({ run, node }: NodeRef) => this.#grown.get(run)?.[node]?.action;
    return { version, workers: randomPlaces(this.core.registry, open, actionOf, this.#random) };
  }

  #worker(id: WorkerId): SimulatedWorker {
    return this.#workers.find(({ identity }) => identity.workerId === id) as SimulatedWorker;
  }

  #later(withinMs: number, act: () => void): void {
    this.#agenda.push(this.#now + this.#random() * withinMs, act);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }
}
