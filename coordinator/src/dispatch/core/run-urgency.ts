import type { RunId } from '@helium/shared';
import { type Flow, PRESSED } from './fair-shares.ts';
import type { LiveCall } from './live-call.ts';
import type { LiveRun } from './live-run.ts';

/** A run of which nothing was sent or answered for so long goes first once, ms: none starves. */
const NEGLECTED_MS = 30_000;

/** A run with a deadline is held at the pace that ends it in this share of its time. */
const DEADLINE_PACE = 0.8;

interface Standing {
  servedAt: number;
  pressed: boolean;
}

/** Which runs have no time left, and so whose calls go first among their tenant's. */
export class RunUrgency {
  readonly #runs = new Map<RunId, Standing>();

  open(run: LiveRun, at: number): void {
    this.#runs.set(run.id, { servedAt: at, pressed: false });
  }

  close(run: RunId): void {
    this.#runs.delete(run);
  }

  /**
   * A call of the run was sent or answered. True when the run is pressed no more. Who becomes pressed is
   * `review`'s to say: its calls have to change lanes.
   */
  served(run: LiveRun, at: number): boolean {
    const standing = this.#runs.get(run.id);
    if (standing === undefined) return false;
    standing.servedAt = at;
    const wasPressed = standing.pressed;
    standing.pressed &&= isBehind(run, at);
    return wasPressed && !standing.pressed;
  }

  /** Looks at all runs anew; true when some became pressed, or are no more. O(runs). */
  review(runs: Iterable<LiveRun>, at: number): boolean {
    let changed = false;
    for (const run of runs) {
      const standing = this.#runs.get(run.id);
      if (standing === undefined) continue;
      const pressed = at - standing.servedAt >= NEGLECTED_MS || isBehind(run, at);
      changed ||= pressed !== standing.pressed;
      standing.pressed = pressed;
    }
    return changed;
  }

  /** Whose the call is: of its owners' runs the most urgent. */
  flowOf(call: LiveCall): Flow & { readonly dueAt: number } {
    let level = Number.NEGATIVE_INFINITY;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const { run } of call.owners) {
      const standing = this.#runs.get(run.id);
      level = Math.max(level, standing?.pressed ? PRESSED : run.planned.options.priority);
      dueAt = Math.min(dueAt, deadlineOf(run), (standing?.servedAt ?? 0) + NEGLECTED_MS);
    }
    return { ...baseFlow(call.owners[0]?.run as LiveRun), level, dueAt };
  }
}

/** Whose account a run's calls are charged to. */
export function baseFlow(run: LiveRun): Flow {
  return { tenant: run.planned.tenant, level: run.planned.options.priority };
}

function deadlineOf({ planned }: LiveRun): number {
  const { deadlineMs } = planned.options;
  return deadlineMs === 0 ? Number.POSITIVE_INFINITY : planned.acceptedAt + deadlineMs;
}

function isBehind(run: LiveRun, at: number): boolean {
  const { acceptedAt, options } = run.planned;
  if (options.deadlineMs === 0) return false;
  const due = (at - acceptedAt) / (options.deadlineMs * DEADLINE_PACE);
  const done = 1 - run.remaining / run.nodes.length;
  return done < due;
}
