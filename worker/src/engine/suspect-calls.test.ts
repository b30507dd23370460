import type { Call } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { newCall, user } from './conformance-bench.fixture.ts';
import { SuspectCalls } from './suspect-calls.ts';
import { TrackedCall } from './tracked-call.ts';

const track = (call: Call, deaths = 0) => new TrackedCall(call, call, deaths);

/** Calls of which each was with so many engines that died. */
function tracked(...deaths: number[]): TrackedCall[] {
  return deaths.map((each, i) => track(newCall([user(`call ${i}`)]), each));
}

function open() {
  let now = 0;
  const notices: string[] = [];
  const suspects = new SuspectCalls(
    () => now,
    (message) => notices.push(message),
  );
  const skip = (ms: number) => {
    now += ms;
  };
  return { suspects, notices, skip };
}

describe('SuspectCalls', () => {
  it('admits every call that was there at one death at most', () => {
    const calls = tracked(0, 1, 1);
    calls[0]?.submitted();
    expect(open().suspects.admit(calls)).toEqual(calls);
  });

  it('admits one suspect, and only to an engine that has nothing else', () => {
    const { suspects } = open();
    const calls = tracked(0, 2, 2);
    expect(suspects.admit(calls)).toEqual([calls[1]]);
    calls[0]?.submitted();
    expect(suspects.admit(calls)).toEqual([]);
  });

  it('finds a call at fault that was there at a third death, and admits none before the probe', () => {
    const { suspects, notices } = open();
    const [innocent, guilty] = tracked(2, 3);
    expect(suspects.judge(innocent!, 'it died')).toBeUndefined();
    expect(suspects.mustProbe).toBe(false);
    const text = 'it died; it died 3 times with this call, the last time with no other';
    expect(suspects.judge(guilty!, 'it died')).toMatchObject({
      code: 'ENGINE_FAILED',
      message: text,
    });
    expect(notices).toEqual([
      `call "${guilty?.call.id}" is at fault: ${text}; it and its equals are refused for a while`,
    ]);
    expect(suspects.mustProbe).toBe(true);
    expect(suspects.admit([innocent!])).toEqual([]);
    suspects.probed();
    expect(suspects.admit([innocent!])).toEqual([innocent]);
  });

  it('refuses equals of a call at fault for ten minutes, and then has them run alone until one is answered', () => {
    const { suspects, skip } = open();
    const call = newCall([user('poison')]);
    suspects.judge(track(call, 3), 'it died');
    const again = newCall(call.messages);
    expect(suspects.refusalOf(again)?.message).toMatch(/; it is not tried again for 600 s$/);
    expect(suspects.refusalOf(newCall([user('other')]))).toBeUndefined();
    skip(600_000);
    expect(suspects.refusalOf(again)).toBeUndefined();
    expect(suspects.deathsBefore(again)).toBe(2);
    suspects.clear(track(again, 2));
    expect(suspects.deathsBefore(again)).toBe(0);
  });
});
