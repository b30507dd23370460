import type { Meter } from '@opentelemetry/api';
import { gaugeOf } from './instruments.ts';

/** How late the event loop ran its timers. */
export interface LoopDelay {
  /** Highest delay since the last call, milliseconds; 0 when the loop was never late. */
  takeMaxMs(): number;
  stop(): void;
}

const PERIOD_MS = 20;

/**
 * Starts measuring this thread's event loop. Each reader (heartbeat, metrics) makes its own, for a
 * reading starts the next. Holds no process open. A timer of our own: the one of node:perf_hooks
 * loses the sample after each reset, and with it a stall that begins there.
 */
export function measureLoopDelay(): LoopDelay {
  let previous = performance.now();
  let maxMs = 0;
  const look = () => {
    const now = performance.now();
    maxMs = Math.max(maxMs, now - previous - PERIOD_MS);
    previous = now;
  };
  const timer = setInterval(look, PERIOD_MS).unref();
  return {
    takeMaxMs() {
      if (performance.now() > previous + PERIOD_MS) look();
      const taken = maxMs;
      maxMs = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** Exports this thread's delay as `helium_event_loop_delay_seconds`. */
export function observeLoopDelay(meter: Meter): LoopDelay {
  const delay = measureLoopDelay();
  gaugeOf(meter, 'helium_event_loop_delay_seconds', () => delay.takeMaxMs() / 1000);
  return delay;
}
