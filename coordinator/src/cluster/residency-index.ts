import type {
  NumberedResidencyEvent,
  ResidencyEvent,
  ResidencySnapshot,
  SequenceBlockHash,
  WorkerId,
} from '@helium/shared';

/**
 * What became of events or a snapshot. `gap`: something was missed, ask for a snapshot. `waiting`: one
 * was asked for; events are ignored until it comes. `stale`: said under an epoch that is over, nothing
 * was changed.
 */
export type ApplyOutcome = 'applied' | 'gap' | 'waiting' | 'stale';

/** The coordinator's copy of each worker's resident blocks, rebuilt from its numbered events. */
export interface ResidencyIndex {
  /** A new attachment: the worker's blocks are unknown (none) until it says so; numbers start at 1. */
  open(worker: WorkerId, epoch: number): void;
  close(worker: WorkerId): void;
  /** Cost: O(blocks named). Events at or below the last number applied are duplicates and skipped. */
  applyEvents(
    worker: WorkerId,
    epoch: number,
    events: readonly NumberedResidencyEvent[],
  ): ApplyOutcome;
  /** Replaces what is known, unless newer events were applied already. */
  applySnapshot(worker: WorkerId, epoch: number, snapshot: ResidencySnapshot): ApplyOutcome;
  /** How many leading blocks of the chain are resident on the worker; 0 for one not known. */
  residentBlocks(worker: WorkerId, hashes: readonly SequenceBlockHash[]): number;
  /** Whether all of the chain is. O(1). */
  isResident(worker: WorkerId, hashes: readonly SequenceBlockHash[]): boolean;
  view(worker: WorkerId): ResidencyView | undefined;
}

export interface ResidencyView {
  readonly epoch: number;
  /** The last event applied. */
  readonly sequence: number;
  /** Block → the block before it; parents first. */
  readonly parents: ReadonlyMap<SequenceBlockHash, SequenceBlockHash | undefined>;
}

interface WorkerBlocks {
  readonly epoch: number;
  sequence: number;
  /** After a gap, until a snapshot comes. */
  lagging: boolean;
  parents: Map<SequenceBlockHash, SequenceBlockHash | undefined>;
}

/**
 * One hash map per worker. Because a block's hash covers everything before it and a parent never leaves
 * before its children, the longest resident prefix is found by bisection: O(log blocks).
 */
export class HashResidencyIndex implements ResidencyIndex {
  readonly #workers = new Map<WorkerId, WorkerBlocks>();

  open(worker: WorkerId, epoch: number): void {
    this.#workers.set(worker, { epoch, sequence: 0, lagging: false, parents: new Map() });
  }

  close(worker: WorkerId): void {
    this.#workers.delete(worker);
  }

  applyEvents(
    worker: WorkerId,
    epoch: number,
    events: readonly NumberedResidencyEvent[],
  ): ApplyOutcome {
    const state = this.#workers.get(worker);
    if (state?.epoch !== epoch) return 'stale';
    for (const { sequence, event } of events) {
      if (sequence <= state.sequence) continue;
      if (state.lagging) return 'waiting';
      if (sequence !== state.sequence + 1) {
        state.lagging = true;
        return 'gap';
      }
      applyEvent(state.parents, event);
      state.sequence = sequence;
    }
    return 'applied';
  }

  applySnapshot(worker: WorkerId, epoch: number, snapshot: ResidencySnapshot): ApplyOutcome {
    const state = this.#workers.get(worker);
    if (state?.epoch !== epoch) return 'stale';
    if (snapshot.sequence < state.sequence) return state.lagging ? 'gap' : 'applied';
    state.parents = new Map(snapshot.blocks.map((block) => [block.hash, block.parent]));
    state.sequence = snapshot.sequence;
    state.lagging = false;
    return 'applied';
  }

  residentBlocks(worker: WorkerId, hashes: readonly SequenceBlockHash[]): number {
    const parents = this.#workers.get(worker)?.parents;
    if (parents === undefined) return 0;
    let resident = 0;
    let absent = hashes.length + 1;
    while (absent - resident > 1) {
      const middle = (resident + absent) >> 1;
      if (parents.has(hashes[middle - 1] as SequenceBlockHash)) resident = middle;
      else absent = middle;
    }
    return resident;
  }

  isResident(worker: WorkerId, hashes: readonly SequenceBlockHash[]): boolean {
    const last = hashes.at(-1);
    return last === undefined || this.#workers.get(worker)?.parents.has(last) === true;
  }

  view(worker: WorkerId): ResidencyView | undefined {
    return this.#workers.get(worker);
  }
}

function applyEvent(
  parents: Map<SequenceBlockHash, SequenceBlockHash | undefined>,
  event: ResidencyEvent,
): void {
  switch (event.kind) {
    case 'stored': {
      let parent = event.parent;
      for (const block of event.blocks) {
        parents.set(block, parent);
        parent = block;
      }
      return;
    }
    case 'removed':
      for (const block of event.blocks) parents.delete(block);
      return;
    case 'cleared':
      parents.clear();
      return;
  }
}
