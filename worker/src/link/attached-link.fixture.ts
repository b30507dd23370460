import { callId } from '@helium/shared';
import { CoordinatorLink, type LinkState } from './coordinator-link.ts';
import { call, FakeEngine, FakePort, ManualClock, resultOf } from './fakes.cases.ts';

/** A link that serves its first attachment, and what it is told with. */
export function attach() {
  const engine = new FakeEngine();
  const clock = new ManualClock();
  const states: LinkState[] = [];
  /** Each time that it was asked to stay, or let go after that. */
  const stays: boolean[] = [];
  const link = new CoordinatorLink(engine, {
    maxCalls: 4,
    clock,
    takeLoopDelayMs: () => 0.5,
    onState: (state) => states.push(state),
    onStay: (isAsked) => stays.push(isAsked),
  });
  const port = new FakePort();
  const served = link.serve(port);
  const send = (ids: string[]) =>
    port.listener?.message({ kind: 'batch', calls: ids.map((id) => call(id)) });
  const finish = (id: string) => engine.emit({ kind: 'finished', result: resultOf(id) });
  const delta = (id: string, offset: number, text: string, tokens = 1) =>
    engine.emit({ kind: 'delta', delta: { id: callId(id), offset, text, tokens } });
  return { engine, clock, link, port, served, states, stays, send, finish, delta };
}
