import type { ResidencyEvent, SequenceBlockHash } from '@helium/shared';

type Entry =
  | { kind: 'stored'; parent: SequenceBlockHash | undefined; blocks: SequenceBlockHash[] }
  | { kind: 'removed'; blocks: SequenceBlockHash[] };

/**
 * Changes in the order they happened; a run of one chain's stores, or of removals, is one event.
 */
export class EventLog {
  #entries: Entry[] = [];

  stored(hash: SequenceBlockHash, parent: SequenceBlockHash | undefined): void {
    const last = this.#entries.at(-1);
    if (last?.kind === 'stored' && last.blocks.at(-1) === parent) last.blocks.push(hash);
    else this.#entries.push({ kind: 'stored', parent, blocks: [hash] });
  }

  removed(hash: SequenceBlockHash): void {
    const last = this.#entries.at(-1);
    if (last?.kind === 'removed') last.blocks.push(hash);
    else this.#entries.push({ kind: 'removed', blocks: [hash] });
  }

  take(): ResidencyEvent[] {
    const taken = this.#entries;
    this.#entries = [];
    return taken.map((entry) =>
      entry.kind === 'removed' || entry.parent !== undefined
        ? (entry as ResidencyEvent)
        : { kind: 'stored', blocks: entry.blocks },
    );
  }
}
