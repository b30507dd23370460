import type {
  NumberedResidencyEvent,
  ResidencySnapshot,
  SequenceBlockHash,
  WorkerId,
} from '@helium/shared';
import type { ApplyOutcome, ResidencyIndex, ResidencyView } from './residency-index.ts';

interface Block {
  readonly hash: SequenceBlockHash;
  readonly parent: SequenceBlockHash | undefined;
}

interface History {
  readonly epoch: number;
  base: ResidencySnapshot | undefined;
  events: NumberedResidencyEvent[];
  lagging: boolean;
}

/**
 * The brute-force twin of the index: it keeps the log and answers every question by replaying it, block
 * by block. For tests.
 */
export class NaiveResidencyIndex implements ResidencyIndex {
  readonly #histories = new Map<WorkerId, History>();

  open(worker: WorkerId, epoch: number): void {
    this.#histories.set(worker, { epoch, base: undefined, events: [], lagging: false });
  }

  close(worker: WorkerId): void {
    this.#histories.delete(worker);
  }

  applyEvents(
    worker: WorkerId,
    epoch: number,
    events: readonly NumberedResidencyEvent[],
  ): ApplyOutcome {
    const history = this.#histories.get(worker);
    if (history === undefined || history.epoch !== epoch) return 'stale';
    for (const event of events) {
      const last = lastSequence(history);
      if (event.sequence <= last) continue;
      if (history.lagging) return 'waiting';
      if (event.sequence > last + 1) {
        history.lagging = true;
        return 'gap';
      }
      history.events.push(event);
    }
    return 'applied';
  }

  applySnapshot(worker: WorkerId, epoch: number, snapshot: ResidencySnapshot): ApplyOutcome {
    const history = this.#histories.get(worker);
    if (history === undefined || history.epoch !== epoch) return 'stale';
    if (snapshot.sequence < lastSequence(history)) return history.lagging ? 'gap' : 'applied';
    history.base = snapshot;
    history.events = [];
    history.lagging = false;
    return 'applied';
  }

  residentBlocks(worker: WorkerId, hashes: readonly SequenceBlockHash[]): number {
    const history = this.#histories.get(worker);
    const blocks = history === undefined ? [] : replay(history);
    const resident = new Set(blocks.map((block) => block.hash));
    let count = 0;
    for (const hash of hashes) {
      if (!resident.has(hash)) break;
      count += 1;
    }
    return count;
  }

  isResident(worker: WorkerId, hashes: readonly SequenceBlockHash[]): boolean {
    return this.residentBlocks(worker, hashes) === hashes.length;
  }

  view(worker: WorkerId): ResidencyView | undefined {
    const history = this.#histories.get(worker);
    if (history === undefined) return undefined;
    const parents = new Map(replay(history).map((block) => [block.hash, block.parent]));
    return { epoch: history.epoch, sequence: lastSequence(history), parents };
  }
}

function lastSequence(history: History): number {
  return history.events.at(-1)?.sequence ?? history.base?.sequence ?? 0;
}

function replay(history: History): Block[] {
  const start = history.base?.blocks ?? [];
  let blocks: Block[] = start.map(({ hash, parent }) => ({ hash, parent }));
  for (const { event } of history.events) {
    if (event.kind === 'cleared') blocks = [];
    else if (event.kind === 'removed') {
      blocks = blocks.filter((block) => !event.blocks.includes(block.hash));
    } else {
      event.blocks.forEach((hash, i) => {
        const parent = i === 0 ? event.parent : event.blocks[i - 1];
        blocks = [...blocks.filter((block) => block.hash !== hash), { hash, parent }];
      });
    }
  }
  return blocks;
}
