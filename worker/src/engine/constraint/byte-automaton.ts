import { HeliumError } from '@helium/shared';

/** A state's number. */
export type State = number;

/** Bytes from `first` to `last` lead to `to`. */
interface Edge {
  readonly first: number;
  readonly last: number;
  readonly to: State;
}

/** Another part of the automaton is gone through first, then `then` follows. */
interface CallEdge {
  readonly start: State;
  readonly then: State;
}

/** States of one schema at most: what 64 KiB of schema come to, and counts of some thousands. */
const STATES_MAX = 50_000;

/**
 * A nondeterministic pushdown automaton over bytes, as it is built: what a schema's texts look like in
 * UTF-8. Parts that refer to themselves are called, so that they may be nested to any depth.
 */
export class ByteAutomaton {
  readonly #edges: Edge[][] = [];
  readonly #free: State[][] = [];
  readonly #calls: CallEdge[][] = [];
  readonly #ends = new Set<State>();

  get size(): number {
    return this.#edges.length;
  }

  /** A new state. Throws OPTIONS_INVALID where the schema needs too many. */
  state(): State {
    if (this.size >= STATES_MAX) {
      throw new HeliumError(
        'OPTIONS_INVALID',
        `the output schema needs more than ${STATES_MAX} states: its counts (minLength, maxLength, minItems, maxItems), lists or patterns are too large`,
      );
    }
    this.#edges.push([]);
    this.#free.push([]);
    this.#calls.push([]);
    return this.size - 1;
  }

  bytes(from: State, first: number, last: number, to: State): void {
    this.#edges[from]!.push({ first, last, to });
  }

  /** Without a byte. */
  skip(from: State, to: State): void {
    this.#free[from]!.push(to);
  }

  call(from: State, start: State, then: State): void {
    this.#calls[from]!.push({ start, then });
  }

  /** A part that is called ends here, or the whole. */
  end(state: State): void {
    this.#ends.add(state);
  }

  edgesOf(state: State): readonly Edge[] {
    return this.#edges[state]!;
  }

  skipsOf(state: State): readonly State[] {
    return this.#free[state]!;
  }

  callsOf(state: State): readonly CallEdge[] {
    return this.#calls[state]!;
  }

  isEnd(state: State): boolean {
    return this.#ends.has(state);
  }
}
