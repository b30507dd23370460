import { HeliumError } from '@helium/shared';
import type { ByteAutomaton, State } from './byte-automaton.ts';

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
  readonly #automaton: ByteAutomaton;
  #threads = new Map<string, Thread>();
  #states = new Map<string, TextState>();
  #threadsMade = 0;

  constructor(automaton: ByteAutomaton, start: State) {
    this.#automaton = automaton;
    this.start = this.#stateOf([this.#thread(start, undefined)]);
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

  #compute(from: TextState, byte: number): TextState | null {
    const reached: Thread[] = [];
    for (const { state, parent } of from.threads) {
      for (const { first, last, to } of this.#automaton.edgesOf(state)) {
        if (byte >= first && byte <= last) reached.push(this.#thread(to, parent));
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
    const seen = new Set<Thread>();
    const threads: Thread[] = [];
    let isEnd = false;
    const waiting = [...reached];
    for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
      if (seen.has(thread)) continue;
      seen.add(thread);
      if (seen.size > THREADS_MAX) throw tooAmbiguous();
      const { state, parent } = thread;
      if (this.#automaton.edgesOf(state).length > 0) threads.push(thread);
      for (const to of this.#automaton.skipsOf(state)) waiting.push(this.#thread(to, parent));
      for (const { start, then } of this.#automaton.callsOf(state)) {
        waiting.push(this.#thread(start, this.#thread(then, parent)));
      }
      if (!this.#automaton.isEnd(state)) continue;
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
