import {
  betterSchedule,
  type CoreEvent,
  DispatchCore,
  type Effect,
  type InstanceIndex,
  improvePlaces,
  indexInstance,
  LivePrompts,
  makeSchedule,
  OutputProfiles,
  Pacer,
  type PlannedSchedule,
  type PlanScheduleInput,
  placeCalls,
  planSchedule,
  type RunOptions,
  type ScheduledRun,
  type StaticPrefix,
  scheduleParts,
  type WorkerEvent,
  type WorkerSequence,
} from '@helium/coordinator/online';
import {
  type Call,
  type CallId,
  KeyedHeap,
  NO_USAGE,
  type RunId,
  runId,
  systemClock,
  tenantId,
  type WorkerId,
} from '@helium/shared';
import type {
  ClusterOptions,
  ClusterReport,
  EndedCall,
  LiveRun,
  OnlineRun,
} from './cluster-report.ts';
import { answerOf, instancePlan, instanceTokenizer } from './instance-plan.ts';
import { cpuMs, TurnTimes } from './turn-times.ts';
import { identityOf, VirtualWorker } from './virtual-worker.ts';

/** From coordinator to worker and back. */
const LATENCY_SECONDS = 0.005;
/** Virtual time from a question for a schedule to its answer, seconds a call: 2 s for 20,000. */
const PLAN_SECONDS_PER_CALL = 1e-4;
const LEASE = { heartbeatMs: 2000, timeoutMs: 10_000 };
const TICK_SECONDS = 0.25;

/** The coordinator's core and planner over workers in virtual time, one thread, no chance. */
export class VirtualCluster {
  readonly #options: ClusterOptions;
  readonly #index: InstanceIndex;
  readonly #core: DispatchCore;
  readonly #prompts = new LivePrompts({ separateTenants: true });
  readonly #scheduled = new Map<RunId, ScheduledRun>();
  readonly #workers: readonly VirtualWorker[];
  readonly #byId: ReadonlyMap<WorkerId, VirtualWorker>;
  readonly #runs = new Map<RunId, LiveRun>();
  readonly #agenda = new KeyedHeap();
  readonly #actions: (() => void | Promise<void>)[] = [];
  readonly #ended: EndedCall[] = [];
  readonly #sentAt = new Map<number, number>();
  /** The call whose result is being told. */
  #ending = -1;
  readonly #prefixes = new Map<number, readonly StaticPrefix[]>();
  readonly #placedMs = new Map<string, number>();
  readonly #turns = new TurnTimes();
  readonly #unplaced: LiveRun[] = [];
  readonly #tokenizer;
  #now = 0;
  #left: number;
  #schedules = 0;
  #improvements = 0;
  #withdrawn = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { instance, improveMs } = options;
    this.#core = new DispatchCore(LEASE, undefined, improveMs);
    this.#index = indexInstance(instance);
    this.#tokenizer = instanceTokenizer(instance);
    this.#workers = Array.from(
      { length: instance.workers },
      (_, i) => new VirtualWorker(identityOf(i, instance), this.#index),
    );
    this.#byId = new Map(this.#workers.map((worker) => [worker.identity.workerId, worker]));
    this.#left = options.runs.length;
  }

  async run(): Promise<ClusterReport> {
    for (const worker of this.#workers) this.#attach(worker);
    for (const run of this.#options.runs) this.#later(run.at, () => this.#arrive(run));
    for (const { worker, at, slowness } of this.#options.slowdowns ?? []) {
      this.#later(at, () => {
        this.#workers[worker]!.slowDown(slowness, this.#now);
      });
    }
    this.#tick();
    const { until = Number.POSITIVE_INFINITY } = this.#options;
    while (this.#left > 0) {
      const worker = this.#nextWorker();
      const at = Math.min(worker?.endsAt ?? Infinity, this.#agenda.peekKey() ?? Infinity);
      if (at > until) break;
      this.#now = at;
      if (worker !== undefined && worker.endsAt <= at) this.#advance(worker);
      else await this.#actions[this.#agenda.pop()!]!();
      await this.#turns.settled();
    }
    return this.#report();
  }

  #report(): ClusterReport {
    const sum = (value: (worker: VirtualWorker) => number) =>
      this.#workers.reduce((total, worker) => total + value(worker), 0);
    return {
      makespan: this.#ended.at(-1)?.at ?? 0,
      hitRate: sum((worker) => worker.hitTokens) / sum((worker) => worker.promptTokens),
      runs: new Map([...this.#runs.values()].map((live) => [live.run.name, live])),
      ended: this.#ended,
      placedMs: this.#placedMs,
      turnMsMax: this.#turns.longest,
      schedules: this.#schedules,
      improvements: this.#improvements,
      withdrawn: this.#withdrawn,
    };
  }

  #nextWorker(): VirtualWorker | undefined {
    let first: VirtualWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.endsAt < (first?.endsAt ?? Infinity)) first = worker;
    }
    return first;
  }

  #attach(worker: VirtualWorker): void {
    const { identity } = worker;
    worker.epoch = this.#core.registry.admit();
    this.#step({ kind: 'workerAttached', identity, epoch: worker.epoch });
    this.#say(worker, { kind: 'credits', calls: identity.maxCalls });
    this.#beat(worker);
  }

  async #arrive(run: OnlineRun): Promise<void> {
    const id = runId(run.name);
    const tenant = tenantId(run.tenant ?? 'default');
    const plan = instancePlan(this.#options.instance, run.calls);
    const live = { run, id, firstSent: Infinity, finished: Infinity, arrivedCpuMs: cpuMs() };
    this.#runs.set(id, live);
    this.#unplaced.push(live);
    const expected = this.#options.expected ?? this.#index.out;
    const profiles = new OutputProfiles();
    profiles.expected = () => ({ outputTokens: 1, outputSpread: 0 });
    const making = {
      tokenizerOf: () => this.#tokenizer,
      contextOf: () => undefined,
      profiles,
      pacer: new Pacer(systemClock),
    };
    const nodeOf = (node: number) => plan.nodes[node];
    const promptRun = { id, tenant, workflow: run.name, nodeOf, authored: new Map() };
    await this.#prompts.addCalls(promptRun, [...plan.nodes.keys()], making);
    run.calls.forEach((call, node) => {
      const prompt = this.#prompts.find({ run: id, node })!;
      prompt.outputTokens = expected[call]!;
      prompt.outputSpread = expected[call]! / 2;
    });
    const options: RunOptions = {
      policy: this.#options.policy ?? '',
      disabledRules: [],
      usePromptCache: false,
      naive: false,
      streamDeltas: false,
      seed: 0,
      deadlineMs: 0,
      priority: 0,
      ...run.options,
    };
    const cacheSalt = `salt of ${tenant}`;
    this.#scheduled.set(id, { tenant, policy: options.policy, seed: 0, cacheSalt });
    const rest = { derivationKeys: new Map(), planMs: 0 };
    const planned = { id, tenant, plan, options, cacheSalt, acceptedAt: this.#now * 1000, ...rest };
    this.#step({ kind: 'runPlanned', run: planned });
  }

  #advance(worker: VirtualWorker): void {
    const ended = worker.advance();
    for (const call of worker.takeAdmitted()) this.#tellResident(worker, call);
    for (const id of worker.takeCancelled()) this.#tellCancelled(worker, id);
    for (const { number, id, usage } of ended) {
      this.#ending = number;
      const result = { id, text: answerOf(number), finish: 'stop', usage } as const;
      this.#say(worker, { kind: 'result', result });
      this.#say(worker, { kind: 'credits', calls: 1 });
    }
  }

  #beat(worker: VirtualWorker): void {
    const { runningCalls, queuedCalls } = worker;
    const steps = worker.totalsAt(this.#now);
    const load = { runningCalls, queuedCalls, kvTokensUsed: 0, prefetchedTokens: 0, steps };
    this.#say(worker, { kind: 'heartbeat', load: { ...load, loopDelayMs: 0 } });
    this.#later(this.#now + LEASE.heartbeatMs / 1000, () => this.#beat(worker));
  }

  #tick(): void {
    this.#later(this.#now + TICK_SECONDS, () => {
      this.#step({ kind: 'tick' });
      this.#tick();
    });
  }

  #say(worker: VirtualWorker, event: Exclude<WorkerEvent, { kind: 'attached' }>): void {
    const { identity, epoch } = worker;
    this.#step({ kind: 'workerSaid', worker: identity.workerId, epoch, event });
  }

  #step(event: CoreEvent, onDecided?: () => void): void {
    const effects = this.#turns.measure(event.kind, () => this.#core.step(this.#now * 1000, event));
    onDecided?.();
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'sendBatch':
        this.#send(effect);
        break;
      case 'requestTurn':
        this.#later(this.#now, () => this.#step({ kind: 'turn' }));
        break;
      case 'requestSchedule':
        this.#schedule(effect.version);
        break;
      case 'improveSchedule':
        this.#improve(effect);
        break;
      case 'requestPlaces':
        this.#place();
        break;
      case 'cancelCalls':
        this.#later(this.#now + LATENCY_SECONDS, () => this.#withdraw(effect));
        break;
      case 'emit':
        this.#hear(effect);
        break;
      case 'keepJournal':
        throw new Error(effect.journal.slice(0, 200));
      default:
        break;
    }
  }

  #send({ worker: id, calls, leaders }: Extract<Effect, { kind: 'sendBatch' }>): void {
    const worker = this.#byId.get(id)!;
    const received = calls.map((call: Call, i) => {
      const { run, node } = leaders[i]!;
      const live = this.#runs.get(run)!;
      live.firstSent = Math.min(live.firstSent, this.#now);
      const number = live.run.calls[node]!;
      this.#sentAt.set(number, this.#now);
      return { call, number };
    });
    worker.receive(received, this.#now);
    for (const call of worker.takeAdmitted()) this.#tellResident(worker, call);
  }

  #withdraw({ worker: id, ids, unlessBegun }: Extract<Effect, { kind: 'cancelCalls' }>): void {
    const worker = this.#byId.get(id)!;
    for (const call of ids) {
      if (worker.withdraw(call)) this.#tellCancelled(worker, call);
      else if (!unlessBegun) worker.cancel(call, this.#now);
    }
  }

  #tellCancelled(worker: VirtualWorker, id: CallId): void {
    this.#withdrawn += 1;
    const result = { id, text: '', finish: 'cancelled', usage: NO_USAGE } as const;
    this.#say(worker, { kind: 'result', result });
    this.#say(worker, { kind: 'credits', calls: 1 });
  }

  #hear({ run, body }: Extract<Effect, { kind: 'emit' }>): void {
    const live = this.#runs.get(run)!;
    if (body.kind === 'output') {
      const node = Number(body.name.slice(1));
      const call = live.run.calls[node]!;
      this.#prompts.removeCall({ run, node }, this.#index.out[call]!);
    }
    if (body.kind === 'callFinished') {
      const { promptTokens, reusedTokens, outputTokens } = body;
      const prefilledTokens = promptTokens - reusedTokens;
      const { name: run, tenant = 'default' } = live.run;
      const [at, sentAt] = [this.#now, this.#sentAt.get(this.#ending) ?? this.#now];
      const tokens = { promptTokens, prefilledTokens, outputTokens };
      this.#ended.push({ at, sentAt, run, tenant, worker: body.worker, ...tokens });
    }
    if (body.kind !== 'finished') return;
    if (body.state === 'succeeded') live.finished = this.#now;
    else if (body.error?.code !== 'DEADLINE_PASSED') {
      throw new Error(`${run}: ${body.error?.message}`);
    }
    this.#prompts.removeRun(run);
    this.#scheduled.delete(run);
    this.#left -= 1;
  }

  #place(tried = new Map<string, string>()): void {
    const { workers, isPart } = this.#turns.measure('placing', () =>
      placeCalls(this.#core, this.#prompts, this.#scheduled, tried),
    );
    this.#learnPrefixes(workers);
    this.#later(this.#now, () => {
      // Before the schedule of everything is made right here instead of on a thread.
      this.#step({ kind: 'callsPlaced', workers, isPart }, () => this.#notePlaced());
      if (isPart) this.#place(tried);
    });
  }

  #notePlaced(): void {
    for (const { run, arrivedCpuMs } of this.#unplaced.splice(0)) {
      this.#placedMs.set(run.name, cpuMs() - arrivedCpuMs);
    }
  }

  #learnPrefixes(sequences: readonly WorkerSequence[]): void {
    for (const { run, node, prefixes } of sequences.flatMap(({ places }) => places)) {
      const call = this.#runs.get(run)?.run.calls[node];
      if (call !== undefined) this.#prefixes.set(call, prefixes);
    }
  }

  /** The worker computes the call's prompt: its static prefixes are resident, and never leave here. */
  #tellResident(worker: VirtualWorker, call: number): void {
    const told = worker.toldBlocks;
    const { hashes = [] } = this.#prefixes.get(call)?.at(-1) ?? {};
    const known = hashes.findIndex((hash) => !told.has(hash));
    if (known < 0) return;
    const blocks = hashes.slice(known);
    for (const hash of blocks) told.add(hash);
    const parent = hashes[known - 1];
    worker.sequence += 1;
    const event = { kind: 'stored', blocks, ...(parent === undefined ? {} : { parent }) } as const;
    this.#say(worker, { kind: 'residency', events: [{ sequence: worker.sequence, event }] });
  }

  /** Planned at once; what follows the planning is done when it would have ended on its thread. */
  #schedule(version: number): void {
    this.#schedules += 1;
    let [seconds, left] = [0, 0];
    const plan = (input: PlanScheduleInput) => {
      seconds += input.instance.calls.length * PLAN_SECONDS_PER_CALL;
      left += 1;
      const planned = this.#turns.pause(() => planSchedule(input));
      return new Promise<PlannedSchedule>((resolve) => {
        this.#later(this.#now + seconds, async () => {
          this.#turns.begin('finishing');
          resolve(planned);
          if (--left === 0) await inForce;
        });
      });
    };
    const turns = { turn: () => this.#turns.next() };
    const made = this.#turns.measure('stating', () =>
      makeSchedule(version, this.#core, this.#prompts, this.#scheduled, { plan }, turns),
    );
    const inForce = Promise.resolve(made).then(({ workers }) => {
      this.#turns.end();
      this.#learnPrefixes(workers);
      this.#putInForce(version, scheduleParts(workers));
    });
  }

  #putInForce(version: number, [workers = [], ...others]: WorkerSequence[][]): void {
    const isPart = others.length > 0;
    this.#step({ kind: 'scheduleMade', schedule: { version, workers }, isPart });
    if (isPart) this.#later(this.#now, () => this.#putInForce(version, others));
  }

  /** Found in place, and told when so much work is done. */
  #improve({ generation, budgetMs }: Extract<Effect, { kind: 'improveSchedule' }>): void {
    const improve = async (input: PlanScheduleInput, work: number) => betterSchedule(input, work);
    const known = [this.#core, this.#prompts, this.#scheduled, { improve }] as const;
    const found = improvePlaces(budgetMs, ...known);
    this.#later(this.#now + budgetMs / 1000, async () => {
      const workers = await found;
      if (workers.length > 0) this.#improvements += 1;
      this.#step({ kind: 'scheduleImproved', generation, workers });
    });
  }

  #later(at: number, action: () => void | Promise<void>): void {
    this.#agenda.push(at, this.#actions.push(action) - 1);
  }
}
