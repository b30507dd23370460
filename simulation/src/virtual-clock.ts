import type { Clock } from '@helium/shared';
import type { Agenda } from './agenda.ts';

/** The agenda's time as a clock: wall time starts with 1970. */
export function virtualClock(agenda: Agenda): Clock {
  return {
    now: () => agenda.now,
    wallTime: () => agenda.now,
    setTimer: (delayMs, fire) => ({ cancel: agenda.after(delayMs, fire) }),
  };
}
