import type { StepTotals } from '@helium/shared';
import { stepSeconds } from './engine-timing.ts';

/** Step time between two looks at least, ms: a few steps say nothing. */
const WINDOW_MS_MIN = 200;
/** Step time that is remembered, ms: what is older weighs e times less. */
const MEMORY_MS = 10_000;
/** Two windows in a row that are off by such a factor, to one side, are a change: what was before holds no more. */
const CHANGE_FACTOR = 1.6;

type Timing = Parameters<typeof stepSeconds>[0];

/**
 * How long a worker's steps take against the engine's model, by the totals that it says. Sums of measured and of
 * modelled time are compared, so that it does not matter how often it says them; one stretch that is off, as
 * after a pause of the process, changes little, two in a row change everything.
 */
export class StepSpeed {
  #totals: StepTotals;
  #measuredMs = 0;
  #modelledMs = 0;
  /** Ratio of the window before. */
  #before = 0;
  /** Modelled time of all steps since the first look, ms. */
  #doneMs = 0;

  constructor(totals: StepTotals) {
    this.#totals = totals;
  }

  /** Measured over modelled time; 0 while unknown. */
  get ratio(): number {
    return this.#modelledMs > 0 ? this.#measuredMs / this.#modelledMs : 0;
  }

  /** Modelled time of the steps since the first look, ms. */
  get doneMs(): number {
    return this.#doneMs;
  }

  /** What was measured holds no more. */
  forget(): void {
    this.#measuredMs = 0;
    this.#modelledMs = 0;
    this.#before = 0;
  }

  /** True when it says more than before. Totals that do not grow, or are no numbers, say nothing. */
  observe(totals: StepTotals, timing: Timing): boolean {
    const window = difference(totals, this.#totals);
    const modelled = 1000 * stepSeconds(timing, window);
    const isSound = modelled > 0 && window.ms > 0 && Number.isFinite(modelled + window.ms);
    if (!isSound || Math.min(...Object.values(window)) < 0) {
      // A worker whose totals fell counts anew.
      if (window.steps < 0) this.#totals = totals;
      return false;
    }
    if (window.ms < WINDOW_MS_MIN) return false;
    this.#totals = totals;
    this.#doneMs += modelled;
    const ratio = window.ms / modelled;
    const isChange = isOff(ratio, this.ratio) && isOff(this.#before, this.ratio, ratio);
    const kept = isChange ? 0 : Math.exp(-window.ms / MEMORY_MS);
    // A stretch that is off by itself is heard as if it were as usual, until the next says the same.
    const isAlone = !isChange && isOff(ratio, this.ratio);
    this.#before = ratio;
    if (isAlone) return true;
    this.#measuredMs = this.#measuredMs * kept + window.ms;
    this.#modelledMs = this.#modelledMs * kept + modelled;
    return true;
  }
}

/** Whether a ratio is off from the usual one, to the same side as `other`. False while nothing is usual. */
function isOff(ratio: number, usual: number, other = ratio): boolean {
  if (usual === 0 || ratio === 0) return false;
  const [a, b] = [ratio / usual, other / usual];
  return (
    (a > CHANGE_FACTOR && b > CHANGE_FACTOR) || (a < 1 / CHANGE_FACTOR && b < 1 / CHANGE_FACTOR)
  );
}

function difference(now: StepTotals, before: StepTotals): StepTotals {
  return {
    steps: now.steps - before.steps,
    prefillTokens: now.prefillTokens - before.prefillTokens,
    decodeCalls: now.decodeCalls - before.decodeCalls,
    contextTokens: now.contextTokens - before.contextTokens,
    ms: now.ms - before.ms,
  };
}
