/** Steady time in milliseconds from an arbitrary start, and timers. Shells take one; pure rooms get time in events. */
export interface Clock {
  now(): number;
  /** Wall time, milliseconds since the Unix epoch: for stamps only, never for differences. */
  wallTime(): number;
  setTimer(delayMs: number, fire: () => void): TimerHandle;
}

export interface TimerHandle {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
