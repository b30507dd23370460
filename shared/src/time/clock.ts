/** Steady time in milliseconds from an arbitrary start, and timers. Shells take one; pure rooms get time in events. */
export interface Clock {
  now(): number;
  /** Wall time, milliseconds since the Unix epoch: for stamps only, never for differences. */
  wallTime(): number;
  /** Fires once, never before this returns. Of 0 ms: in the event loop's next turn. */
  setTimer(delayMs: number, fire: () => void): TimerHandle;
}

export interface TimerHandle {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(delayMs, fire) {
    // A timeout takes a millisecond at least.
    if (delayMs <= 0) {
      const immediate = setImmediate(fire);
      return { cancel: () => clearImmediate(immediate) };
    }
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
