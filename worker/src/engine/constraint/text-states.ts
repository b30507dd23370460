import { HeliumError } from '@helium/shared';
import type { AutomatonTables } from './automaton-tables.ts';
import type { State } from './byte-automaton.ts';

/** Where one reading of the text stands: a state, and where it goes on when that part has ended. */
interface Thread {
  readonly id: number;
  readonly state: State;
  readonly parent: Thread | undefined;
}

/** Everything that the text so far may be; equal texts-so-far are one object as long as it is kept. */
export interface TextState {
  /** The text may end here. */
  readonly isEnd: boolean;
  /** Some byte may follow. */
  readonly canGrow: boolean;
  readonly threads: readonly Thread[];
  /** By byte, as far as asked: null where none may follow. */
  readonly next: (TextState | null | undefined)[];
}

/** Readings of one text at a time: more say that the schema's alternatives are too much alike. */
const THREADS_MAX = 512;

/** States that are kept, 2 KiB each; after that all are made anew, so that memory stays bounded. */
const STATES_KEPT_MAX = 4000;

/**
 * The automaton made deterministic as far as texts get: subset construction over stacks, each state once.
 * All work is counted (threads, states), never timed, so that an answer cannot depend on the load.
 */
export class TextStates {
  readonly start: TextState;
  readonly #automaton: AutomatonTables;
  #threads = new Map<string, Thread>();
  #states = new Map<string, TextState>();
  #threadsMade = 0;

  constructor(automaton: AutomatonTables) {
    this.#automaton = automaton;
    this.start = this.#stateOf([this.#thread(automaton.start, undefined)]);
  }

  /** The state after one more byte; undefined where it cannot follow. Throws OPTIONS_INVALID. */
  step(from: TextState, byte: number): TextState | undefined {
    let next = from.next[byte];
    if (next === undefined) {
      next = this.#compute(from, byte);
      from.next[byte] = next;
    }
    return next ?? undefined;
  }

  /** The byte that must follow; undefined where others may as well, or none, or the text may end. */
  onlyByte({ threads, isEnd }: TextState): number | undefined {
    const { edges, edgesAt } = this.#automaton;
    let only: number | undefined;
    if (isEnd) return undefined;
    for (const { state } of threads) {
      for (let at = edgesAt[state]! * 3; at < edgesAt[state + 1]! * 3; at += 3) {
        const [first, last] = [edges[at]!, edges[at + 1]!];
        if (first !== last || (only ?? first) !== first) return undefined;
        only = first;
      }
    }
    return only;
  }

  #compute(from: TextState, byte: number): TextState | null {
    const reached: Thread[] = [];
    const { edges, edgesAt } = this.#automaton;
    for (const { state, parent } of from.threads) {
      for (let at = edgesAt[state]! * 3; at < edgesAt[state + 1]! * 3; at += 3) {
        if (byte < edges[at]! || byte > edges[at + 1]!) continue;
        reached.push(this.#thread(edges[at + 2]!, parent));
      }
    }
    return reached.length === 0 ? null : this.#stateOf(reached);
  }

  #stateOf(reached: readonly Thread[]): TextState {
    const { threads, isEnd } = this.#close(reached);
    const key = `${isEnd ? 1 : 0} ${threads.map(({ id }) => id).join(' ')}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= STATES_KEPT_MAX) {
      this.#states = new Map();
      this.#threads = new Map();
    }
    const state = { isEnd, canGrow: threads.length > 0, threads, next: new Array(256) };
    this.#states.set(key, state);
    return state;
  }

  /** What is reached without a byte, as far as bytes leave from it. */
  #close(reached: readonly Thread[]): { threads: readonly Thread[]; isEnd: boolean } {
    const { edgesAt, skips, skipsAt, calls, callsAt, ends } = this.#automaton;
    const seen = new Set<Thread>();
    const threads: Thread[] = [];
    let isEnd = false;
    const waiting = [...reached];
    for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
      if (seen.has(thread)) continue;
      seen.add(thread);
      if (seen.size > THREADS_MAX) throw tooAmbiguous();
      const { state, parent } = thread;
      if (edgesAt[state + 1]! > edgesAt[state]!) threads.push(thread);
      for (let at = skipsAt[state]!; at < skipsAt[state + 1]!; at++) {
        waiting.push(this.#thread(skips[at]!, parent));
      }
      for (let at = callsAt[state]! * 2; at < callsAt[state + 1]! * 2; at += 2) {
        waiting.push(this.#thread(calls[at]!, this.#thread(calls[at + 1]!, parent)));
      }
      if (ends[state] === 0) continue;
      if (parent === undefined) isEnd = true;
      else waiting.push(parent);
    }
    return { threads: threads.sort((a, b) => a.id - b.id), isEnd };
  }

  /** One object for a state above the same parent. */
  #thread(state: State, parent: Thread | undefined): Thread {
    const key = `${state} ${parent?.id ?? -1}`;
    const known = this.#threads.get(key);
    if (known !== undefined) return known;
    const thread = { id: this.#threadsMade++, state, parent };
    this.#threads.set(key, thread);
    return thread;
  }
}

function tooAmbiguous(): HeliumError {
  const message = `the output schema allows more than ${THREADS_MAX} readings of one text: its alternatives begin too much alike`;
  return new HeliumError('OPTIONS_INVALID', message);
}
