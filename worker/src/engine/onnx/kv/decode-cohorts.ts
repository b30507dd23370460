import { invariant } from '@helium/shared';
import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import {
  belongTogether,
  type Cohort,
  type CohortMember,
  cohortCost,
  cohortOf,
  cohortTokens,
  planCohorts,
} from './cohort-plan.ts';
import { DecodeSlab } from './decode-slab.ts';
import { fillSlabs } from './fill-slabs.ts';
import { countTokens, type KvChunk, type KvShape, runsOf } from './kv-chunk.ts';
import { chunkSource } from './kv-source.ts';
import { type SlabRow, slabTokens } from './slab-layout.ts';
import { SlabMemory } from './slab-memory.ts';

/** A slab and the sequences of its rows by row number; undefined for a vacant row. */
export interface SlabCohort {
  readonly slab: DecodeSlab;
  readonly slots: readonly (number | undefined)[];
}

interface LiveCohort extends SlabCohort {
  readonly slots: (number | undefined)[];
}

/** A sequence that begins to decode, with the KV of its prompt. */
export interface JoiningSequence {
  readonly slot: number;
  readonly chunks: readonly KvChunk[];
  /** Prompt and output tokens at most. */
  readonly tokensMax: number;
}

/** Rows are allocated in steps, so that a sequence joining seldom moves the others. */
const ROW_STEP = 4;
/** What moving a token's KV costs, in the units of a step's cost, spread over the steps to come. */
const MOVE_COST = 1.2;

/**
 * KV of all decoding sequences, in as many slabs as pay. Slabs stay inside `budgetTokens` as long as
 * the sequences themselves, each rounded up to whole segments, do.
 */
export class DecodeCohorts {
  private readonly memory: SlabMemory;
  private cohorts: LiveCohort[] = [];
  /** Names of the leading segments of each sequence. */
  private readonly prefixes = new Map<number, readonly string[]>();
  /** The most tokens each sequence will have. */
  private readonly ends = new Map<number, number>();

  constructor(shape: KvShape) {
    this.memory = new SlabMemory(shape);
  }

  get slabs(): readonly SlabCohort[] {
    return this.cohorts;
  }

  /** KV tokens that the slabs take, spare rows and spare capacity included. */
  get tokens(): number {
    return this.cohorts.reduce((sum, { slab }) => sum + slabTokens(slab), 0);
  }

  /**
   * How many of these, in their order, can join and still grow to their ends beside those that decode
   * already, at whatever length each is, and make steps that are worth it.
   */
  roomFor(joining: readonly JoiningSequence[], budgetTokens: number): number {
    const seated = [...this.prefixes].map(([slot, prefix]) =>
      atEnd(slot, prefix, this.ends.get(slot)!),
    );
    const coming = joining.map(({ slot, chunks, tokensMax }) =>
      atEnd(slot, segmentNames(chunks), tokensMax),
    );
    const fits = (count: number) =>
      belongTogether([...seated, ...coming.slice(0, count)], budgetTokens);
    let [least, most] = [0, joining.length];
    if (fits(most)) return most;
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (fits(middle)) least = middle;
      else most = middle - 1;
    }
    return least;
  }

  join(joining: readonly JoiningSequence[], budgetTokens: number): void {
    if (joining.length === 0) return;
    const rows = new Map<number, SlabRow>();
    for (const { slot, chunks, tokensMax } of joining) {
      invariant(!this.prefixes.has(slot), `sequence slot ${slot} decodes already`);
      this.prefixes.set(slot, segmentNames(chunks));
      this.ends.set(slot, tokensMax);
      const tokens = countTokens(chunks);
      rows.set(slot, { source: chunkSource(chunks, this.memory.shape), tokens });
    }
    this.arrange(rows, budgetTokens);
  }

  /** Those of these that decode do so no more. `keepTokens`: room that is kept when nobody decodes. */
  leave(slots: readonly number[], keepTokens = Number.POSITIVE_INFINITY): void {
    for (const cohort of this.cohorts) {
      const rows = slots.map((slot) => cohort.slots.indexOf(slot)).filter((row) => row >= 0);
      // The last row first: of those that leave together, none is moved for another.
      for (const row of rows.sort((a, b) => b - a)) this.vacate(cohort, row);
    }
    this.cohorts = this.cohorts.filter((cohort) => !isVacant(cohort));
    this.memory.trim(keepTokens);
  }

  private vacate({ slab, slots }: LiveCohort, row: number): void {
    const slot = slots[row]!;
    this.prefixes.delete(slot);
    this.ends.delete(slot);
    slab.vacate(row);
    slots[row] = undefined;
    if (isVacant({ slab, slots })) {
      slab.dispose();
    } else if (slab.groups === 1 && row < slab.rows) {
      // Vacant rows of one group lie behind the others, where they cost nothing.
      const last = slab.rows - 1;
      slab.moveRow(last, row);
      slots[row] = slots[last];
      slots[last] = undefined;
    }
  }

  /** Makes room for one more token in the rows of these slots. */
  makeRoom(wanted: ReadonlySet<number>, budgetTokens: number): void {
    const isFull = ({ slab, slots }: SlabCohort) =>
      slots.some((slot, row) => slot !== undefined && wanted.has(slot) && slab.isFull(row));
    if (this.cohorts.some((cohort) => isFull(cohort) || isSparse(cohort))) {
      this.arrange(new Map(), budgetTokens);
    }
  }

  close(): void {
    for (const { slab } of this.cohorts) slab.dispose();
    this.cohorts = [];
    this.prefixes.clear();
    this.ends.clear();
  }

  /** Slabs for all sequences, those of `joining` among them. */
  private arrange(joining: ReadonlyMap<number, SlabRow>, budgetTokens: number): void {
    const target = this.chooseCohorts(joining, budgetTokens);
    const kept = this.findKept(target, joining);
    const taken = target.map((next) => slabTokens(kept.get(next)?.slab ?? next.size));
    // A slab that stays may have rows to spare that the others have no room beside.
    if (sum(taken) > budgetTokens) kept.clear();
    const staying = new Set(kept.values());
    const changed = target.filter((next) => !kept.has(next));
    const retired = this.cohorts.filter((cohort) => !staying.has(cohort));
    let spare =
      budgetTokens - sum(target.map((next) => slabTokens(kept.get(next)?.slab ?? next.size)));
    const built = changed.map((next) => {
      const { cohort, extra } = this.build(next, spare);
      spare -= extra;
      const rows = new Map<number, SlabRow>();
      cohort.slots.forEach((slot, row) => {
        if (slot === undefined) return;
        rows.set(row, joining.get(slot) ?? this.rowOf(slot));
      });
      return { ...cohort, rows };
    });
    const slabs = (cohorts: readonly SlabCohort[]) => cohorts.map(({ slab }) => slab);
    const total = sum([...slabs([...staying]), ...slabs(built)].map(slabTokens));
    this.memory.reserve(Math.max(total, budgetTokens));
    fillSlabs(this.memory, built, slabs(retired), slabs([...staying]));
    for (const [next, cohort] of kept) this.seat(cohort, next, joining);
    this.cohorts = [...staying, ...built.map(({ slab, slots }) => ({ slab, slots }))];
  }

  private chooseCohorts(
    joining: ReadonlyMap<number, SlabRow>,
    budgetTokens: number,
  ): readonly Cohort[] {
    const members = [...this.prefixes].map(([slot, prefix]): CohortMember => {
      return { slot, prefix, tokens: (joining.get(slot) ?? this.rowOf(slot)).tokens };
    });
    const costOf = (plan: readonly Cohort[]) =>
      cohortCost(plan) + MOVE_COST * this.movedTokens(plan, joining);
    const best = planCohorts(members, budgetTokens);
    const kept = this.leastChange(members);
    return cohortTokens(kept) <= budgetTokens && costOf(kept) <= costOf(best) ? kept : best;
  }

  /** Tokens of rows whose slabs would not stay. */
  private movedTokens(plan: readonly Cohort[], joining: ReadonlyMap<number, SlabRow>): number {
    const staying = new Set(this.findKept(plan, joining).values());
    const moving = this.cohorts.filter((cohort) => !staying.has(cohort));
    return sum(moving.flatMap(({ slab, slots }) => slots.map((_, row) => slab.lengthOf(row))));
  }

  /** The slabs that serve cohorts of a plan as they are. */
  private findKept(
    plan: readonly Cohort[],
    joining: ReadonlyMap<number, SlabRow>,
  ): Map<Cohort, LiveCohort> {
    const kept = new Map<Cohort, LiveCohort>();
    for (const next of plan) {
      const same = this.cohorts.find((cohort) => this.holds(cohort, next, joining));
      if (same !== undefined) kept.set(next, same);
    }
    return kept;
  }

  /** The cohorts as they are, grown where they must; who is new goes where it fits best. */
  private leastChange(members: readonly CohortMember[]): readonly Cohort[] {
    const bySlot = new Map(members.map((member) => [member.slot, member]));
    const seated = new Set<number>();
    const cohorts = this.cohorts.map(({ slab, slots }) => {
      const segments = slab.sharedTokens / SEGMENT_TOKENS;
      const groups = Array.from({ length: slab.groups }, (_, group) =>
        slots
          .slice(group * slab.members, (group + 1) * slab.members)
          .flatMap((slot) => (slot === undefined ? [] : [bySlot.get(slot)!])),
      ).filter(({ length }) => length > 0);
      for (const { slot } of groups.flat()) seated.add(slot);
      return { segments, groups, capacity: slab.capacity };
    });
    const deepestFirst = cohorts.toSorted((a, b) => b.segments - a.segments);
    for (const member of members.filter(({ slot }) => !seated.has(slot))) {
      const group = deepestFirst
        .flatMap(({ segments, groups }) => groups.map((seats) => ({ segments, seats })))
        .find(({ segments, seats }) => sharesSegments(member, seats[0]!, segments));
      if (group !== undefined) group.seats.push(member);
      else {
        const alone = { segments: 0, groups: [[member]], capacity: 0 };
        cohorts.push(alone);
        deepestFirst.push(alone);
      }
    }
    return cohorts.map(({ segments, groups, capacity }) => {
      const cohort = cohortOf(groups, segments);
      const size = { ...cohort.size, capacity: Math.max(capacity, cohort.size.capacity) };
      return { ...cohort, size };
    });
  }

  /** Whether the slab has room for `next` as it is: nobody leaves, who comes is new and has a row. */
  private holds(
    cohort: SlabCohort,
    { groups, size }: Cohort,
    joining: ReadonlyMap<number, SlabRow>,
  ): boolean {
    const { slab, slots } = cohort;
    const next = groups.flat();
    if (isSparse(cohort)) return false;
    if (slab.sharedTokens !== size.sharedTokens || slab.capacity !== size.capacity) return false;
    if (groups.length > slab.groups || size.members > slab.members) return false;
    if (!slots.every((slot) => slot === undefined || next.includes(slot))) return false;
    return groups.every((group) => {
      const rows = group.flatMap((slot) => (slots.includes(slot) ? [slots.indexOf(slot)] : []));
      const places = new Set(rows.map((row) => Math.floor(row / slab.members)));
      const rest = group.filter((slot) => !slots.includes(slot));
      return places.size === 1 && rest.every((slot) => joining.has(slot));
    });
  }

  /** Gives the joining sequences of `next` their rows. */
  private seat(
    { slab, slots }: LiveCohort,
    { groups }: Cohort,
    joining: ReadonlyMap<number, SlabRow>,
  ): void {
    for (const group of groups) {
      const placed = group.find((slot) => slots.includes(slot));
      invariant(placed !== undefined, 'a kept group has no row');
      const first = Math.floor(slots.indexOf(placed) / slab.members) * slab.members;
      for (const slot of group.filter((other) => !slots.includes(other))) {
        const row = slots.indexOf(undefined, first);
        invariant(row >= 0 && row < first + slab.members, `no row for sequence slot ${slot}`);
        slab.takeRow(row, joining.get(slot)!);
        slots[row] = slot;
      }
    }
  }

  /** A slab for `next`, of one group with spare rows as far as `spareTokens` goes. */
  private build(
    { groups, size }: Cohort,
    spareTokens: number,
  ): { cohort: LiveCohort; extra: number } {
    const wanted = size.groups === 1 ? (ROW_STEP - (size.members % ROW_STEP)) % ROW_STEP : 0;
    const extra = wanted * size.capacity <= spareTokens ? wanted * size.capacity : 0;
    const members = size.members + extra / size.capacity;
    const slab = new DecodeSlab(this.memory, { ...size, members });
    const slots: (number | undefined)[] = Array.from(
      { length: size.groups * members },
      () => undefined,
    );
    groups.forEach((group, index) => {
      group.forEach((slot, member) => {
        slots[index * members + member] = slot;
      });
    });
    return { cohort: { slab, slots }, extra };
  }

  private rowOf(slot: number): SlabRow {
    const cohort = this.cohorts.find(({ slots }) => slots.includes(slot));
    invariant(cohort !== undefined, `sequence slot ${slot} has neither row nor prompt`);
    return cohort.slab.sourceOf(cohort.slots.indexOf(slot));
  }
}

/** A sequence as it is before its last token. */
function atEnd(slot: number, prefix: readonly string[], tokensMax: number): CohortMember {
  return { slot, prefix, tokens: tokensMax - 1 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function isVacant({ slots }: SlabCohort): boolean {
  return slots.every((slot) => slot === undefined);
}

/** Whether most rows of several groups are vacant: they are computed all the same. */
function isSparse({ slab, slots }: SlabCohort): boolean {
  if (slab.groups === 1) return false;
  return slots.filter((slot) => slot !== undefined).length * 2 < slots.length;
}

/** Whether two sequences have the same first segments. */
function sharesSegments(a: CohortMember, b: CohortMember, segments: number): boolean {
  if (segments === 0) return true;
  const name = a.prefix[segments - 1];
  return name !== undefined && name === b.prefix[segments - 1];
}

/** A name for each whole segment of the chunks: where its tokens lie in which records. */
function segmentNames(chunks: readonly KvChunk[]): string[] {
  const names: string[] = [];
  let name = '';
  let missing = SEGMENT_TOKENS;
  for (const { record, offset, tokens } of runsOf(chunks)) {
    for (let from = 0; from < tokens; ) {
      const taken = Math.min(missing, tokens - from);
      name += `${record.id}:${offset + from}+${taken} `;
      from += taken;
      missing -= taken;
      if (missing > 0) continue;
      names.push(name);
      name = '';
      missing = SEGMENT_TOKENS;
    }
  }
  return names;
}
