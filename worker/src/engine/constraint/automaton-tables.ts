import { HeliumError } from '@helium/shared';
import type { ByteAutomaton, State } from './byte-automaton.ts';

/**
 * An automaton as plain arrays, which go from thread to thread. What leaves state `s` lies at
 * `…At[s]` to `…At[s + 1]` of its array, in units of so many numbers.
 */
export interface AutomatonTables {
  readonly start: State;
  /** First byte, last byte, next state. */
  readonly edges: Int32Array;
  readonly edgesAt: Int32Array;
  /** Next state. */
  readonly skips: Int32Array;
  readonly skipsAt: Int32Array;
  /** Start of the called part, state after it. */
  readonly calls: Int32Array;
  readonly callsAt: Int32Array;
  /** 1 for a state where its part may end. */
  readonly ends: Uint8Array;
}

/**
 * Writes an automaton down, without the ways that lead nowhere: every text of it can be ended. Throws
 * OPTIONS_INVALID where there is no text at all. O(states and edges).
 */
export function tabulate(automaton: ByteAutomaton, start: State): AutomatonTables {
  const isLive = findLive(automaton);
  if (isLive[start] === 0) {
    throw new HeliumError(
      'OPTIONS_INVALID',
      'the output schema allows no text: what must hold together (patterns, formats, lengths, limits) cannot',
    );
  }
  const write = (width: number, of: (state: State) => readonly (readonly number[])[]) => {
    const at = new Int32Array(automaton.size + 1);
    const rows: number[] = [];
    for (let state = 0; state < automaton.size; state++) {
      if (isLive[state] === 1) for (const row of of(state)) for (const each of row) rows.push(each);
      at[state + 1] = rows.length / width;
    }
    return [Int32Array.from(rows), at] as const;
  };
  const live = (state: State) => isLive[state] === 1;
  const [edges, edgesAt] = write(3, (state) =>
    automaton
      .edgesOf(state)
      .flatMap(({ first, last, to }) => (live(to) ? [[first, last, to]] : [])),
  );
  const [skips, skipsAt] = write(1, (state) =>
    automaton.skipsOf(state).flatMap((to) => (live(to) ? [[to]] : [])),
  );
  const [calls, callsAt] = write(2, (state) =>
    automaton
      .callsOf(state)
      .flatMap((call) => (live(call.start) && live(call.then) ? [[call.start, call.then]] : [])),
  );
  const ends = Uint8Array.from({ length: automaton.size }, (_, s) => (automaton.isEnd(s) ? 1 : 0));
  return { start, edges, edgesAt, skips, skipsAt, calls, callsAt, ends };
}

/** The states from which their part can be ended. */
function findLive(automaton: ByteAutomaton): Uint8Array {
  const isLive = new Uint8Array(automaton.size);
  const before: State[][] = Array.from({ length: automaton.size }, () => []);
  const callers: (readonly [from: State, other: State])[][] = before.map(() => []);
  const waiting: State[] = [];
  const reach = (state: State) => {
    if (isLive[state] === 1) return;
    isLive[state] = 1;
    waiting.push(state);
  };
  for (let state = 0; state < automaton.size; state++) {
    for (const { to } of automaton.edgesOf(state)) before[to]!.push(state);
    for (const to of automaton.skipsOf(state)) before[to]!.push(state);
    for (const { start, then } of automaton.callsOf(state)) {
      callers[start]!.push([state, then]);
      callers[then]!.push([state, start]);
    }
    if (automaton.isEnd(state)) reach(state);
  }
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    for (const from of before[state]!) reach(from);
    for (const [from, other] of callers[state]!) if (isLive[other] === 1) reach(from);
  }
  return isLive;
}
