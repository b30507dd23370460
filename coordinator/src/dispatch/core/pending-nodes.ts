import type { LiveRun } from './live-run.ts';

/** Nodes that start in one turn at most, where nothing else is said: as many as a part of a schedule places. */
const STARTS_MAX = 1000;

/** A node starts. */
export interface Beginning {
  readonly kind: 'start';
  readonly run: LiveRun;
  readonly node: number;
}

/** Something that is to happen to a node. */
export type PendingNode =
  | Beginning
  | { readonly kind: 'done'; readonly run: LiveRun; readonly node: number; readonly text: string };

/** How it is done; each may make others pending. */
export interface NodeSteps {
  readonly isLive: (run: LiveRun) => boolean;
  readonly begin: (beginning: Beginning) => void;
  readonly finish: (run: LiveRun, node: number, text: string) => void;
}

/**
 * What is to happen to nodes of live runs, done one after the other and never inside one another. More starts than
 * a turn of the event loop is to hold wait for the next one.
 */
export class PendingNodes {
  readonly #steps: NodeSteps;
  readonly #startsMax: number;
  readonly #pending: PendingNode[] = [];
  /** What was more than a turn takes. */
  #later: Beginning[] = [];
  #awaitsTurn = false;

  constructor(steps: NodeSteps, startsMax: number = STARTS_MAX) {
    this.#steps = steps;
    this.#startsMax = startsMax;
  }

  add(next: PendingNode): void {
    this.#pending.push(next);
  }

  /** A turn of the event loop was asked for and is to come. */
  get awaitsTurn(): boolean {
    return this.#awaitsTurn;
  }

  /** The event loop turned: what waited for it is pending. */
  takeTurn(): void {
    this.#awaitsTurn = false;
    this.#pending.push(...this.#later.splice(0, this.#startsMax));
  }

  /** The run ended: nothing of it waits any more. */
  leave(run: LiveRun): void {
    if (this.#later.length > 0) this.#later = this.#later.filter((each) => each.run !== run);
  }

  /**
   * Does what is pending until nothing is. Nodes that are done are taken at once: a call that has its answer is
   * open to nobody. More starts than a turn takes wait for the next, behind those that wait already. True where
   * a turn is to be asked for.
   */
  settle(): boolean {
    const { isLive, begin, finish } = this.#steps;
    let startsLeft = this.#startsMax;
    // By place: taking the first off a long list costs its length.
    for (let i = 0; i < this.#pending.length; i++) {
      const next = this.#pending[i] as PendingNode;
      if (!isLive(next.run)) continue;
      if (next.kind === 'done') finish(next.run, next.node, next.text);
      else if (startsLeft === 0) this.#later.push(next);
      else {
        startsLeft -= 1;
        begin(next);
      }
    }
    this.#pending.length = 0;
    if (this.#later.length === 0 || this.#awaitsTurn) return false;
    this.#awaitsTurn = true;
    return true;
  }
}
