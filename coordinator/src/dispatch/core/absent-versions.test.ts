import { modelDigest, runId, type WorkerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { NO_LOAD } from '../../cluster/index.ts';
import { modelVersion } from '../../plan/model-version.ts';
import type { WorkerEvent } from '../worker-port.ts';
import { CoreSession } from './core-session.fixture.ts';

const [OLD, NEW] = ['d1', 'd2'].map((digest) => modelVersion('m', modelDigest(digest))) as [
  string,
  string,
];

/** A session in which time passes, in ticks of two heartbeats. */
class TimedSession extends CoreSession {
  #at = 1;

  /** These workers say that they are alive, with a call each. */
  pass(ms: number, ...workers: WorkerId[]): void {
    for (const end = this.#at + ms; this.#at < end; this.#at += 200) {
      for (const worker of workers) {
        this.say(worker, { kind: 'heartbeat', load: { ...NO_LOAD, runningCalls: 1 } });
      }
      this.step({ kind: 'tick' }, this.#at);
    }
  }

  lose(worker: WorkerId): void {
    this.say(worker, { kind: 'lost', reason: 'it was replaced' });
  }

  say(worker: WorkerId, event: Exclude<WorkerEvent, { kind: 'attached' }>): void {
    const { epoch } = this.core.registry.require(worker);
    this.step({ kind: 'workerSaid', worker, epoch, event }, this.#at);
  }
}

/** Two workers of one model, each with weights of its own, and a run for those of the first. */
function twoVersions(...lines: string[]) {
  const session = new TimedSession();
  const [before, after] = [session.attach('w1', 4, OLD), session.attach('w2', 4, NEW)];
  session.plan('r', lines);
  return { session, before, after };
}

describe('the weights of a run', () => {
  it('are those that it was planned for: workers of others get none of its calls', () => {
    const { session } = twoVersions(
      `dice a ${OLD} one`,
      `dice b ${OLD} two`,
      `dice c ${NEW} three`,
    );
    const sent = session.all('sendBatch').map(({ worker, calls }) => [worker, calls.length]);
    expect(sent).toEqual([
      ['w1', 2],
      ['w2', 1],
    ]);
  });

  it('tell calls apart that are equal but for them', () => {
    const { session } = twoVersions(`call a ${OLD} hi`, `call b ${OLD} hi`, `call c ${NEW} hi`);
    expect(session.all('lookupPrompts').map(({ keys }) => keys.length)).toEqual([2]);
  });

  it('fail it when others have stood under the name for thirty time-outs, and say so before', () => {
    const { session, before, after } = twoVersions(`dice a ${OLD} one`, 'output a');
    session.plan('s', [`dice a ${NEW} one`, 'output a']);
    session.pass(1000, before, after);
    session.lose(before);
    session.pass(30_000, after);
    const rest = { served: ['d2'], runs: ['r'], waitMs: 30_000 };
    expect(session.all('versionAbsent')).toEqual([
      { kind: 'versionAbsent', version: OLD, ...rest },
    ]);
    expect(session.ending('r')).toBeUndefined();
    session.pass(200, after);
    expect(session.ending('r')).toMatchObject({
      state: 'failed',
      error: {
        code: 'MODEL_MISMATCH',
        message:
          'operator "a", row 0: model "m" was planned with digest d1, which nobody has served for 30000 ms; ' +
          'served now: d2; submit the run again',
      },
    });
    expect(session.ending('s')).toBeUndefined();
  });

  it('fail a naive run as any', () => {
    const { session, before, after } = twoVersions();
    const naive = (run: Parameters<Parameters<CoreSession['plan']>[2] & {}>[0]) => ({
      ...run,
      options: { ...run.options, naive: true },
    });
    session.lose(before);
    session.plan('n', [`call a ${OLD} one`, `call b ${OLD} {a}`], naive);
    session.pass(30_200, after);
    expect(session.ending('n')).toMatchObject({ error: { code: 'MODEL_MISMATCH' } });
  });

  it('are waited for anew where they came back, and for ever where nobody has the name', () => {
    const { session, before, after } = twoVersions(`dice a ${OLD} one`, 'output a');
    session.lose(before);
    session.pass(29_000, after);
    const again = session.attach('w1', 0, OLD);
    session.pass(1000, after, again);
    session.lose(again);
    session.pass(29_000, after);
    expect(session.all('versionAbsent')).toHaveLength(2);
    session.lose(after);
    session.pass(100_000);
    expect(session.ending('r')).toBeUndefined();
  });

  it('may go while its calls run: only what waits for them fails', () => {
    const { session, before, after } = twoVersions(`dice a ${OLD} one`, 'output a');
    session.plan('s', [`dice a ${OLD} first`, `dice b ${OLD} then-{a}`]);
    session.say(before, { kind: 'draining', mayStay: false });
    session.pass(20_000, before, after);
    session.end('of s', {}, 'first');
    session.pass(20_000, before, after);
    expect(session.ending('s')).toMatchObject({ error: { code: 'MODEL_MISMATCH' } });
    session.end('of r', {}, 'one');
    expect(session.ending('r')).toMatchObject({ state: 'succeeded' });
  });
});

describe('the last worker of weights that others take the place of', () => {
  const chain = [`dice a ${OLD} first`, `dice b ${OLD} then-{a}`, 'output b'];

  it('stays while runs need it, takes their calls, and is let go after the last', () => {
    const { session, before, after } = twoVersions(...chain);
    session.say(before, { kind: 'draining', mayStay: true });
    const kept = { kind: 'keepWorker', worker: before, runs: ['r'], asks: true };
    expect(session.all('keepWorker')).toEqual([kept]);
    session.pass(40_000, before, after);
    session.end('of a', {}, 'first');
    expect(session.sent('then-of a').worker).toBe(before);
    expect(session.all('drainWorker')).toEqual([]);
    session.end('of b', {}, 'then-of a');
    session.pass(1000, before, after);
    expect(session.all('drainWorker')).toEqual([{ kind: 'drainWorker', worker: before }]);
    expect(session.ending('r')).toMatchObject({ state: 'succeeded' });
    expect(session.all('versionAbsent')).toEqual([]);
    session.plan('s', [`dice a ${OLD} late`]);
    expect(session.sent('late')).toBeUndefined();
  });

  it('stays also where those that took its place are lost meanwhile', () => {
    const { session, before, after } = twoVersions(...chain);
    session.say(before, { kind: 'draining', mayStay: true });
    session.lose(after);
    session.pass(2000, before);
    expect(session.all('drainWorker')).toEqual([]);
    session.attach('w3', 4, OLD);
    session.pass(1000, before);
    expect(session.all('drainWorker')).toEqual([{ kind: 'drainWorker', worker: before }]);
  });

  it('gets none of the runs that come: they are planned for what lasts', () => {
    const { session, before } = twoVersions(...chain);
    const { registry } = session.core;
    expect([registry.lasting(OLD), registry.lasting(NEW)]).toEqual([1, 1]);
    session.say(before, { kind: 'draining', mayStay: true });
    expect([registry.lasting(OLD), registry.lasting(NEW)]).toEqual([0, 1]);
    expect(registry.ready(OLD)).toHaveLength(1);
  });

  it('stays where its operator drains it, who is not to wait for an answer', () => {
    const { session, before, after } = twoVersions(...chain);
    session.step({ kind: 'drainWorker', worker: before });
    expect(session.all('keepWorker')).toMatchObject([{ worker: before, asks: false }]);
    session.step({ kind: 'cancelRun', run: runId('r'), reason: 'enough' });
    session.pass(1000, before, after);
    expect(session.all('drainWorker')).toEqual([{ kind: 'drainWorker', worker: before }]);
  });

  it.each([
    ['no run needs it', [], (session: TimedSession) => void session],
    [
      'another one with its weights lasts',
      chain,
      (session: TimedSession) => void session.attach('w3', 4, OLD),
    ],
    [
      'nobody took its place',
      chain,
      (session: TimedSession, after: WorkerId) => session.lose(after),
    ],
  ])('is let go at once where %s', (_, lines, arrange) => {
    const { session, before, after } = twoVersions(...lines);
    arrange(session, after);
    session.say(before, { kind: 'draining', mayStay: true });
    expect(session.all('keepWorker')).toEqual([]);
    expect(session.all('drainWorker')).toEqual([{ kind: 'drainWorker', worker: before }]);
  });
});
