import { invariant } from '@helium/shared';
import {
  type Cohort,
  type CohortMember,
  cohortCost,
  cohortTokens,
  planCohorts,
} from './cohort-plan.ts';
import { DecodeSlab, moveRows, slabCapacityFor } from './decode-slab.ts';
import type { KvChunk, KvShape } from './kv-chunk.ts';

/** A slab and the sequences of its rows, in row order. */
export interface SlabCohort {
  readonly slab: DecodeSlab;
  readonly slots: readonly number[];
}

/** Rows are allocated in steps, so that a sequence joining seldom moves the others. */
const ROW_STEP = 4;
/** A new grouping must be this much cheaper than keeping the old one: moving rows is not free. */
const WORTH_MOVING = 0.8;

/**
 * The private KV of all decoding sequences, in as many slabs as pay. Slabs stay inside
 * `budgetTokens` as long as the sequences themselves, each rounded up to the slab step, do.
 */
export class DecodeCohorts {
  private readonly shape: KvShape;
  private cohorts: { slab: DecodeSlab; slots: number[] }[] = [];

  constructor(shape: KvShape) {
    this.shape = shape;
  }

  get slabs(): readonly SlabCohort[] {
    return this.cohorts;
  }

  /** KV tokens that the slabs take, spare rows and spare capacity included. */
  get tokens(): number {
    return this.cohorts.reduce((sum, { slab }) => sum + slab.tokens, 0);
  }

  has(slot: number): boolean {
    return this.cohorts.some(({ slots }) => slots.includes(slot));
  }

  /** Sequences begin to decode, each with the KV of its prompt. */
  join(
    joining: readonly { readonly slot: number; readonly chunks: readonly KvChunk[] }[],
    budgetTokens: number,
  ): void {
    if (joining.length === 0) return;
    const members = joining.map(({ slot, chunks }) => {
      const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokens, 0);
      return { slot, capacity: slabCapacityFor(tokens + 1) };
    });
    this.arrange([...this.members(), ...members], budgetTokens);
    for (const cohort of this.cohorts) {
      // New rows lie behind the old ones, in the order of `slots`.
      for (const slot of cohort.slots.slice(cohort.slab.rows)) {
        const member = joining.find((candidate) => candidate.slot === slot);
        invariant(member !== undefined, `sequence slot ${slot} has neither row nor prompt`);
        cohort.slab.addChunks(member.chunks);
      }
    }
  }

  leave(slot: number): void {
    const cohort = this.cohorts.find(({ slots }) => slots.includes(slot));
    if (cohort === undefined) return;
    const row = cohort.slots.indexOf(slot);
    cohort.slab.removeRow(row);
    cohort.slots[row] = cohort.slots.at(-1)!;
    cohort.slots.pop();
    if (cohort.slots.length === 0) this.drop(cohort);
  }

  /** Makes room for one more token in the rows of these slots. */
  makeRoom(slots: ReadonlySet<number>, budgetTokens: number): void {
    const full = this.cohorts.some((cohort) =>
      cohort.slots.some(
        (slot, row) => slots.has(slot) && cohort.slab.lengthOf(row) === cohort.slab.capacity,
      ),
    );
    if (full) this.arrange(this.members(), budgetTokens);
  }

  close(): void {
    for (const { slab } of this.cohorts) slab.dispose();
    this.cohorts = [];
  }

  private members(): CohortMember[] {
    return this.cohorts.flatMap(({ slab, slots }) =>
      slots.map((slot, row) => ({ slot, capacity: slabCapacityFor(slab.lengthOf(row) + 1) })),
    );
  }

  private drop(cohort: { slab: DecodeSlab }): void {
    cohort.slab.dispose();
    this.cohorts = this.cohorts.filter((other) => other !== cohort);
  }

  /** Slabs for all members; rows that exist are kept or copied, a joining one is left to be filled. */
  private arrange(members: readonly CohortMember[], budgetTokens: number): void {
    const target = this.chooseCohorts(members, budgetTokens);
    const spare = budgetTokens - cohortTokens(target);
    const stays = (cohort: SlabCohort, next: Cohort) =>
      holds(cohort, next) &&
      next.slots.every((slot) => cohort.slots.includes(slot) || !this.has(slot));
    const kept = this.cohorts.filter((cohort) => target.some((next) => stays(cohort, next)));
    const changed = target.filter((next) => !kept.some((cohort) => stays(cohort, next)));
    const built = this.rebuild(
      changed,
      this.cohorts.filter((cohort) => !kept.includes(cohort)),
      spare,
    );
    for (const cohort of kept) {
      const next = target.find((candidate) => stays(cohort, candidate))!;
      cohort.slots.push(...next.slots.filter((slot) => !cohort.slots.includes(slot)));
    }
    this.cohorts = [...kept, ...built];
  }

  private chooseCohorts(members: readonly CohortMember[], budgetTokens: number): readonly Cohort[] {
    const best = planCohorts(members, budgetTokens);
    const kept = this.leastChange(members);
    const fits = cohortTokens(kept) <= budgetTokens;
    return fits && cohortCost(best) > WORTH_MOVING * cohortCost(kept) ? kept : best;
  }

  /** The cohorts as they are, grown where they must; who is new goes where it fits best. */
  private leastChange(members: readonly CohortMember[]): readonly Cohort[] {
    const capacityOf = new Map(members.map(({ slot, capacity }) => [slot, capacity]));
    const cohorts = this.cohorts.map(({ slab, slots }) => ({
      slots: [...slots],
      capacity: Math.max(slab.capacity, ...slots.map((slot) => capacityOf.get(slot)!)),
    }));
    for (const { slot, capacity } of members.filter(({ slot }) => !this.has(slot))) {
      const ranked = cohorts.toSorted((a, b) => a.capacity - b.capacity);
      const roomy = ranked.find((cohort) => cohort.capacity >= capacity) ?? ranked.at(-1);
      if (roomy === undefined) cohorts.push({ slots: [slot], capacity });
      else {
        roomy.slots.push(slot);
        roomy.capacity = Math.max(roomy.capacity, capacity);
      }
    }
    return cohorts;
  }

  private rebuild(
    targets: readonly Cohort[],
    retired: readonly SlabCohort[],
    spareTokens: number,
  ): { slab: DecodeSlab; slots: number[] }[] {
    let spare = spareTokens;
    const built = targets.map(({ slots, capacity }) => {
      const extraRows = (ROW_STEP - (slots.length % ROW_STEP)) % ROW_STEP;
      const affordable = extraRows * capacity <= spare ? extraRows : 0;
      spare -= affordable * capacity;
      const sources = slots.flatMap((slot) => {
        const cohort = retired.find((old) => old.slots.includes(slot));
        return cohort === undefined ? [] : [{ slab: cohort.slab, row: cohort.slots.indexOf(slot) }];
      });
      const slab = new DecodeSlab(this.shape, slots.length + affordable, capacity);
      // Rows that exist come first; `join` adds the others behind them.
      const existing = slots.filter((slot) => this.has(slot));
      const added = slots.filter((slot) => !this.has(slot));
      return { slab, sources, slots: [...existing, ...added] };
    });
    moveRows(
      built,
      retired.map(({ slab }) => slab),
    );
    return built.map(({ slab, slots }) => ({ slab, slots }));
  }
}

/** Whether the cohort's slab has room for `next` as it is: nobody leaves, who comes has a spare row. */
function holds({ slab, slots }: SlabCohort, next: Cohort): boolean {
  return (
    slab.capacity === next.capacity &&
    slab.rowCapacity >= next.slots.length &&
    slots.every((slot) => next.slots.includes(slot))
  );
}
