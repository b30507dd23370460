import { type Call, type CallResult, type RunId, runId, type WorkerId } from '@helium/shared';
import type { CoreEvent, Effect, PlannedRun, WorkerSequence } from './core-event.ts';
import { DispatchCore } from './dispatch-core.ts';
import { NO_USAGE } from './fake-result.fixture.ts';
import { identityOf } from './identity-of.fixture.ts';
import { planOf } from './plan-of-script.fixture.ts';
import type { RunLimits } from './run-desk.ts';

type Emitted<K> = Extract<Extract<Effect, { kind: 'emit' }>['body'], { kind: K }>;

/** A core whose schedules are empty unless it is told otherwise, and all that it asked for so far. */
export class CoreSession {
  readonly core: DispatchCore;
  readonly effects: Effect[] = [];
  /** Answers the next schedule asked for. */
  nextSchedule: readonly WorkerSequence[] = [];

  constructor(limits: RunLimits = {}) {
    this.core = new DispatchCore({ heartbeatMs: 100, timeoutMs: 1000 }, undefined, 0, limits);
  }

  /** Returns what came of it, answers to what it asked for included. */
  step(event: CoreEvent, at = 1): Effect[] {
    const before = this.effects.length;
    for (const effect of this.core.step(at, event)) {
      this.effects.push(effect);
      if (effect.kind === 'requestSchedule') {
        const workers = this.nextSchedule;
        this.nextSchedule = [];
        this.step({ kind: 'scheduleMade', schedule: { version: effect.version, workers } });
      }
      if (effect.kind === 'requestPlaces') this.step({ kind: 'callsPlaced', workers: [] });
    }
    return this.effects.slice(before);
  }

  attach(id: string, calls = 4, model = 'm'): WorkerId {
    const identity = identityOf(id, model, calls);
    const epoch = this.core.registry.admit();
    const { workerId: worker } = identity;
    this.step({ kind: 'workerAttached', identity, epoch });
    this.step({ kind: 'workerSaid', worker, epoch, event: { kind: 'credits', calls } });
    return worker;
  }

  /** Lines as in scripts; `changed`: what of the plan is other than these say. */
  plan(
    name: string,
    lines: readonly string[],
    changed: (run: PlannedRun) => PlannedRun = (run) => run,
  ): Effect[] {
    return this.step({ kind: 'runPlanned', run: changed(planOf(name, [], lines, 0)) });
  }

  /** Answers the look-up asked for last: its first key with the text, or nothing. */
  answerLookup(text?: string, reachable = true): Effect[] {
    const { request, keys } = this.all('lookupPrompts').at(-1)!;
    const hits = new Map(text === undefined ? [] : [[keys[0]!, text]]);
    return this.step({ kind: 'cacheAnswer', request, hits, reachable });
  }

  /** The call sent last, of this prompt or of any, and to whom. */
  sent(prompt?: string): { readonly call: Call; readonly worker: WorkerId } {
    const all = this.all('sendBatch').flatMap(({ calls, worker }) =>
      calls.map((call) => ({ call, worker })),
    );
    const isAsked = ({ call }: { readonly call: Call }) => call.messages[0]?.content === prompt;
    return (prompt === undefined ? all.at(-1) : all.findLast(isAsked))!;
  }

  /** Its worker ends that call so. */
  end(text: string, how: Partial<CallResult> = {}, prompt?: string): Effect[] {
    const { call, worker } = this.sent(prompt);
    const { epoch } = this.core.registry.require(worker);
    const ended = { id: call.id, text, finish: 'stop', usage: NO_USAGE, ...how } as const;
    const effects = this.step({
      ...{ kind: 'workerSaid', worker, epoch },
      event: { kind: 'result', result: ended },
    });
    const credit = { kind: 'credits', calls: 1 } as const;
    return [...effects, ...this.step({ kind: 'workerSaid', worker, epoch, event: credit })];
  }

  all<K extends Effect['kind']>(kind: K): Extract<Effect, { kind: K }>[] {
    return this.effects.filter((each): each is Extract<Effect, { kind: K }> => each.kind === kind);
  }

  /** What the run was told of this kind. */
  told<K extends Emitted<string>['kind']>(run: string, kind: K): Emitted<K>[] {
    const id: RunId = runId(run);
    return this.all('emit').flatMap((each) =>
      each.run === id && each.body.kind === kind ? (each.body as Emitted<K>) : [],
    );
  }

  /** How the run ended. */
  ending(run: string): Emitted<'finished'> | undefined {
    return this.told(run, 'finished')[0];
  }
}
