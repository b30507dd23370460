import {
  type CallId,
  type CallResult,
  callId,
  type ErrorCode,
  type RunId,
  runId,
  type TenantId,
  tenantId,
  type WorkerId,
  workerId,
} from '@helium/shared';
import { NO_LOAD } from '../../cluster/index.ts';
import type { PhysicalNode } from '../../plan/physical-plan.ts';
import type { WorkerEvent, WorkerLoad } from '../worker-port.ts';
import type { CoreEvent, Effect, PlannedRun, WorkerSequence } from './core-event.ts';
import { DispatchCore } from './dispatch-core.ts';
import { expandForTest } from './expand-for-test.fixture.ts';
import { identityOf } from './identity-of.fixture.ts';
import { planOf } from './plan-of-script.fixture.ts';
import { printEffect } from './print-effect.fixture.ts';
import { STEPS, stepsOf } from './steps.fixture.ts';

/**
 * Runs a script of commands against a core and prints each with its effects below. A command is a line
 * and the indented lines after it; `#` starts a remark; what follows `----` is an earlier outcome.
 *
 *   attach w1 m 2                 a worker of model m that takes 2 calls
 *   weight t 3                    of a tenant; 1 if not said
 *   plan r1 naive nocache stream deadline=5 tenant=t priority=2
 *     value a x | call b m prompt with {a} | dice c m … | format d {b}! | fn e {d} | output b
 *     each f m {e} ask about {item}        a call for each item of a JSON array
 *   schedule w1: r1.1 r1.2; w2 ordered: r1.3 | r1.4      answers the schedule asked for; groups by |
 *   places w1: r1.1                        answers the places asked for
 *   improving 700                 before all: schedules are improved for 700 ms
 *   improved now w1: r1.2 r1.1    answers the improvement asked for last; `late`: the one before
 *   unscheduled                   from now on every schedule asked for is empty
 *   miss | hit 2 text             answers the look-up asked for first; for its second key
 *   result c1 text | error c1 CODE message | gives-up c1 | delta c1 text
 *   spent w1                      the worker has room for no calls any more
 *   count                         prints how many calls wait, and of each worker what is scheduled and in flight
 *   late w1                       its attachment before this one says credits and lost
 *   lost w1 | drain w1 | pass 5000 (time) | silent 5000 (and no worker says anything)
 *   idle 5000                     time passes in which workers say that they have nothing to do
 *   stuck 5000                    time passes in which workers say that they have calls, and take no step
 *   slow w2 4                     all workers say that they have stepped, w2 four times as slowly as the others
 *   cancel r1 reason | function r1 3 text
 *   expand | unfit CODE message   answers the expansion asked for first
 */
export function runScript(script: string): string {
  const session = new ScriptSession();
  return `${commandsOf(script)
    .map(({ lines, remarks }) => [...remarks, ...lines, '----', ...session.run(lines)].join('\n'))
    .join('\n\n')}\n`;
}

interface Command {
  readonly remarks: readonly string[];
  readonly lines: readonly string[];
}

function commandsOf(script: string): Command[] {
  return script
    .split(/\n\n+/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .map((lines) => lines.slice(0, lines.includes('----') ? lines.indexOf('----') : lines.length))
    .filter((lines) => lines.length > 0)
    .map((lines) => ({
      remarks: lines.filter((line) => line.startsWith('#')),
      lines: lines.filter((line) => !line.startsWith('#')),
    }));
}

/** A command's words, and the lines below it. */
interface Words {
  readonly first: string;
  readonly second: string;
  readonly rest: readonly string[];
  readonly all: readonly string[];
  /** All but the first. */
  readonly text: string;
  readonly body: readonly string[];
}

class ScriptSession {
  readonly #weights = new Map<TenantId, number>();
  #core = this.#newCore();
  #generation = 0;
  readonly #workerOf = new Map<CallId, WorkerId>();
  readonly #lookups: { request: number; keys: readonly string[] }[] = [];
  readonly #printed: string[] = [];
  #version = 0;
  #isUnscheduled = false;
  readonly #expansions: Extract<Effect, { kind: 'expandNode' }>[] = [];
  readonly #runs = new Map<RunId, { readonly run: PlannedRun; readonly nodes: PhysicalNode[] }>();
  #now = 0;

  #newCore(improveMs = 0): DispatchCore {
    const weightOf = (tenant: TenantId) => this.#weights.get(tenant) ?? 1;
    return new DispatchCore({ heartbeatMs: 1000, timeoutMs: 5000 }, weightOf, improveMs);
  }

  run(lines: readonly string[]): string[] {
    this.#printed.length = 0;
    const [head = '', ...body] = lines;
    const [name = '', ...all] = head.split(' ');
    const [first = '', second = '', ...rest] = all;
    const text = all.slice(1).join(' ');
    const command = this.#commands[name];
    if (command === undefined) throw new Error(`no command is named "${name}"`);
    command({ first, second, rest, all, text, body: body.map((line) => line.trim()) });
    return this.#printed.length === 0 ? ['nothing'] : [...this.#printed];
  }

  readonly #commands: Readonly<Record<string, (words: Words) => void>> = {
    unscheduled: () => {
      this.#isUnscheduled = true;
    },
    attach: ({ first, second, rest }) => this.#attach(first, second, Number(rest[0])),
    plan: ({ first, all, body }) => {
      const run = planOf(first, all.slice(1), body, this.#now);
      this.#runs.set(run.id, { run, nodes: [...run.plan.nodes] });
      this.#step({ kind: 'runPlanned', run });
    },
    schedule: ({ all }) => this.#schedule(all.join(' '), false),
    part: ({ all }) => this.#schedule(all.join(' '), true),
    places: ({ all }) => this.#step({ kind: 'callsPlaced', workers: sequencesOf(all.join(' ')) }),
    improving: ({ first }) => {
      this.#core = this.#newCore(Number(first));
    },
    improved: ({ first, text }) => {
      const generation = first === 'late' ? this.#generation - 1 : this.#generation;
      this.#step({ kind: 'scheduleImproved', generation, workers: sequencesOf(text) });
    },
    weight: ({ first, second }) => void this.#weights.set(tenantId(first), Number(second)),
    miss: () => this.#answerLookup(undefined, ''),
    hit: ({ first, text }) => this.#answerLookup(Number(first) - 1, text),
    result: ({ first, text }) => this.#end({ ...ended(first), text }),
    error: ({ first, second, rest }) => {
      const error = { code: second as ErrorCode, message: rest.join(' ') };
      this.#end({ ...ended(first), finish: 'error', error });
    },
    'gives-up': ({ first }) => this.#end({ ...ended(first), finish: 'cancelled' }),
    delta: ({ first, text }) => {
      const delta = { id: callId(first), offset: 0, text, tokens: 1 };
      this.#say(this.#workerOf.get(delta.id), { kind: 'delta', delta });
    },
    lost: ({ first }) => this.#say(workerId(first), { kind: 'lost', reason: 'gone' }),
    spent: ({ first }) => {
      this.#core.registry.require(workerId(first)).credits = 0;
    },
    count: () => this.#count(),
    late: ({ first }) => this.#sayLate(workerId(first)),
    drain: ({ first }) => this.#step({ kind: 'drainWorker', worker: workerId(first) }),
    cancel: ({ first, text }) => this.#step({ kind: 'cancelRun', run: runId(first), reason: text }),
    function: ({ first, second, rest }) => {
      const text = rest.join(' ');
      this.#step({ kind: 'functionDone', run: runId(first), node: Number(second), text });
    },
    expand: () => this.#expand(),
    unfit: ({ first, text }) => {
      const { run, node } = this.#expansions.shift() ?? {};
      if (run === undefined || node === undefined) throw new Error('no expansion was asked for');
      const error = { code: first as ErrorCode, message: text };
      this.#step({ kind: 'expansionFailed', run, node, error });
    },
    silent: ({ first }) => this.#pass(Number(first)),
    pass: ({ first }) => this.#pass(Number(first), { ...NO_LOAD, runningCalls: 1 }),
    idle: ({ first }) => this.#pass(Number(first), NO_LOAD),
    slow: ({ first, second }) => this.#measure(workerId(first), Number(second)),
    stuck: ({ first }) => this.#pass(Number(first), { ...NO_LOAD, runningCalls: 1, steps: STEPS }),
  };

  #step(event: CoreEvent): void {
    for (const effect of this.#core.step(this.#now, event)) {
      const isAnswered = this.#isUnscheduled && effect.kind === 'requestSchedule';
      if (!isAnswered) this.#printed.push(...printEffect(effect));
      this.#remember(effect);
      if (isAnswered) this.#schedule('none', false);
    }
  }

  #remember(effect: Effect): void {
    if (effect.kind === 'requestSchedule') this.#version = effect.version;
    if (effect.kind === 'improveSchedule') this.#generation = effect.generation;
    if (effect.kind === 'lookupPrompts') this.#lookups.push(effect);
    if (effect.kind === 'expandNode') this.#expansions.push(effect);
    if (effect.kind !== 'sendBatch') return;
    for (const { id } of effect.calls) this.#workerOf.set(id, effect.worker);
  }

  #expand(): void {
    const asked = this.#expansions.shift();
    const known = this.#runs.get(asked?.run ?? runId(''));
    if (asked === undefined || known === undefined) throw new Error('no expansion was asked for');
    const { run: id, node, texts } = asked;
    const expanded = expandForTest(known.run, known.nodes, node, texts, new Map());
    known.nodes.push(...expanded.nodes);
    this.#step({ kind: 'nodeExpanded', run: id, node, expanded });
  }

  #attach(id: string, model: string, calls: number): void {
    const identity = identityOf(id, model, calls);
    const epoch = this.#core.registry.admit();
    this.#step({ kind: 'workerAttached', identity, epoch });
    this.#say(identity.workerId, { kind: 'credits', calls });
  }

  #say(worker: WorkerId | undefined, event: Exclude<WorkerEvent, { kind: 'attached' }>): void {
    const epoch = worker === undefined ? 0 : (this.#core.registry.find(worker)?.epoch ?? 0);
    if (worker !== undefined) this.#step({ kind: 'workerSaid', worker, epoch, event });
  }

  #sayLate(worker: WorkerId): void {
    const epoch = this.#core.registry.require(worker).epoch - 1;
    const events = [
      { kind: 'credits', calls: 9 },
      { kind: 'lost', reason: 'gone' },
    ] as const;
    for (const event of events) this.#step({ kind: 'workerSaid', worker, epoch, event });
  }

  #count(): void {
    this.#printed.push(`${this.#core.waitingCalls} wait`);
    for (const { identity } of this.#core.registry.list()) {
      const id = identity.workerId;
      const counts = `${this.#core.scheduledCalls(id)} scheduled, ${this.#core.inFlightCalls(id)}`;
      this.#printed.push(`${id}: ${counts} in flight`);
    }
  }

  #end(result: CallResult): void {
    const worker = this.#workerOf.get(result.id);
    this.#say(worker, { kind: 'result', result });
    this.#say(worker, { kind: 'credits', calls: 1 });
  }

  #pass(ms: number, load?: WorkerLoad): void {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += 500;
      const beat = load === undefined ? [] : [{ kind: 'heartbeat', load } as const];
      for (const { identity } of this.#core.registry.list()) {
        for (const event of beat) this.#say(identity.workerId, event);
      }
      this.#step({ kind: 'tick' });
    }
  }

  #measure(slow: WorkerId, factor: number): void {
    for (const seconds of [0, 2]) {
      for (const { identity } of this.#core.registry.list()) {
        const steps = stepsOf(identity, seconds, identity.workerId === slow ? factor : 1);
        const load = { ...NO_LOAD, runningCalls: 1, steps };
        this.#say(identity.workerId, { kind: 'heartbeat', load });
      }
    }
    this.#step({ kind: 'tick' });
  }

  #answerLookup(place: number | undefined, text: string): void {
    const lookup = this.#lookups.shift();
    const key = place === undefined ? undefined : lookup?.keys[place];
    const hits = new Map(key === undefined ? [] : [[key, text]]);
    this.#step({ kind: 'cacheAnswer', request: lookup?.request ?? 0, hits, reachable: true });
  }

  #schedule(text: string, isPart: boolean): void {
    const schedule = { version: this.#version, workers: sequencesOf(text) };
    this.#step({ kind: 'scheduleMade', schedule, isPart });
  }
}

function sequencesOf(text: string): WorkerSequence[] {
  return text === 'none' ? [] : text.split('; ').map(sequenceOf);
}

function sequenceOf(text: string): WorkerSequence {
  const [head = '', all = ''] = text.split(': ');
  const [worker = '', ...how] = head.split(' ');
  const [ordered, barrier] = ['ordered', 'barrier'].map((word) => how.includes(word));
  const execution = { ordered: ordered === true, barrier: barrier === true, inFlightMax: Infinity };
  return {
    worker: workerId(worker),
    execution,
    places: all.split(' | ').flatMap((places, group) =>
      places.split(' ').map((place) => {
        const [run = '', node] = place.split('.');
        const tokens = { outputTokens: 10, outputSpread: 1, promptTokens: 10 };
        return { run: runId(run), node: Number(node), prefixes: [], ...tokens, group };
      }),
    ),
  };
}

function ended(id: string): CallResult {
  const usage = { promptTokens: 9, prefilledTokens: 5, reusedTokens: 4, outputTokens: 3 };
  const times = { queueMs: 0, prefillMs: 0, decodeMs: 0 };
  return { id: callId(id), text: '', finish: 'stop', usage: { ...usage, ...times } };
}
