import type { NumberedResidencyEvent, ResidencyEvent, ResidencySnapshot } from '@helium/shared';

/** Events that may wait for the stream; beyond it a snapshot is shorter than the log. */
export const EVENTS_MAX = 8192;

/**
 * Numbers the engine's residency events within an attachment and cuts them at its snapshots: what a
 * snapshot includes is not sent again, what came after it is sent after it.
 */
export class ResidencyLog {
  /** The engine's events since its start. */
  #emitted = 0;
  /** Of these, the ones before this attachment's first snapshot; undefined until it came. */
  #base: number | undefined;
  #stage: 'detached' | 'awaitsSnapshot' | 'live' = 'detached';
  #pending: NumberedResidencyEvent[] = [];
  #snapshot: ResidencySnapshot | undefined;
  /** Number of the newest change that the stream was given, within a snapshot or by itself. */
  #sent = 0;

  /** False when the log outgrew its limit: a snapshot must be asked of the engine. */
  add(event: ResidencyEvent): boolean {
    this.#emitted++;
    if (this.#stage === 'detached') return true;
    this.#pending.push({ sequence: this.#emitted, event });
    if (this.#stage === 'awaitsSnapshot' || this.#pending.length <= EVENTS_MAX) return true;
    this.expectSnapshot();
    return false;
  }

  /** A new attachment, whose numbers start from the snapshot that the engine was asked for. */
  attach(): void {
    this.#base = undefined;
    this.#sent = 0;
    this.#stage = 'awaitsSnapshot';
  }

  /** Nobody is told any more. */
  detach(): void {
    this.#pending = [];
    this.#snapshot = undefined;
    this.#stage = 'detached';
  }

  /** The engine was asked: events wait until it answers. */
  expectSnapshot(): void {
    this.#stage = 'awaitsSnapshot';
  }

  /** The engine's answer. */
  addSnapshot(snapshot: ResidencySnapshot): void {
    this.#base ??= snapshot.sequence;
    this.#stage = 'live';
    const sequence = snapshot.sequence - this.#base;
    // The events that an older one would need behind it are gone: sent, or within the one that waits.
    if (sequence < Math.max(this.#sent, this.#snapshot?.sequence ?? 0)) return;
    this.#snapshot = { ...snapshot, sequence };
    this.#pending = this.#pending.filter(({ sequence }) => sequence > snapshot.sequence);
  }

  /** The snapshot to send, before the events after it. */
  takeSnapshot(): ResidencySnapshot | undefined {
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    if (snapshot) this.#sent = snapshot.sequence;
    return snapshot;
  }

  /** The next events to send, numbered from 1 in this attachment; up to `limit`. */
  takeEvents(limit: number): NumberedResidencyEvent[] {
    if (this.#stage !== 'live') return [];
    const base = this.#base ?? 0;
    const events = this.#pending
      .splice(0, limit)
      .map(({ sequence, event }) => ({ sequence: sequence - base, event }));
    this.#sent = events.at(-1)?.sequence ?? this.#sent;
    return events;
  }
}
