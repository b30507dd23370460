import type { Schedule } from '../instance.ts';

/**
 * A search for a better schedule that can be left at any time. One work unit is about what it takes to
 * compute the times of one call in the token-step model: some 50 ns on one core of a server. The same
 * search does the same in the same units, however they are portioned and whatever machine runs it.
 */
export interface ScheduleSearch {
  readonly done: boolean;
  /** Work units so far. */
  readonly work: number;
  /** Of the best schedule so far: token steps or seconds, after the machine model. */
  readonly cost: number;
  /** Goes on for about so many work units. */
  step(work: number): void;
  best(): Schedule;
}
