import type { RunId } from '@helium/shared';
import type { NodeRef } from './core-event.ts';

/** Values by node of a run. */
export class NodeMap<V> {
  readonly #runs = new Map<RunId, Map<number, V>>();
  /** The run asked for last, which is mostly the next one too, and what it has. */
  #lastRun: RunId | undefined;
  #lastNodes: Map<number, V> | undefined;

  get({ run, node }: NodeRef): V | undefined {
    return this.#nodesOf(run)?.get(node);
  }

  set({ run, node }: NodeRef, value: V): void {
    const nodes = this.#nodesOf(run);
    if (nodes !== undefined) {
      nodes.set(node, value);
      return;
    }
    this.#runs.set(run, new Map([[node, value]]));
    this.#lastRun = undefined;
  }

  /** Returns what was there. */
  delete({ run, node }: NodeRef): V | undefined {
    const nodes = this.#nodesOf(run);
    const value = nodes?.get(node);
    nodes?.delete(node);
    if (nodes?.size === 0) {
      this.#runs.delete(run);
      this.#lastRun = undefined;
    }
    return value;
  }

  clear(): void {
    this.#runs.clear();
    this.#lastRun = undefined;
  }

  *values(): Iterable<V> {
    for (const nodes of this.#runs.values()) yield* nodes.values();
  }

  #nodesOf(run: RunId): Map<number, V> | undefined {
    if (run === this.#lastRun) return this.#lastNodes;
    const nodes = this.#runs.get(run);
    this.#lastRun = nodes === undefined ? undefined : run;
    this.#lastNodes = nodes;
    return nodes;
  }
}
