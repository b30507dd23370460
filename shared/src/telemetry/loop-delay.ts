import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import { gaugeOf } from './instruments.ts';

/** How late the event loop ran its timers. */
export interface LoopDelay {
  /** Highest delay since the last call, milliseconds; 0 when the loop was never late. */
  takeMaxMs(): number;
  stop(): void;
}

/** How often the loop is looked at, and so what a loop that is never late measures. */
const RESOLUTION_MS = 10;

/**
 * Starts measuring this thread's event loop. Each reader (heartbeat, metrics) makes its own, for a
 * reading starts the next. Holds no process open.
 */
export function measureLoopDelay(): LoopDelay {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    takeMaxMs() {
      const maxMs = delay.count === 0 ? 0 : Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
      delay.reset();
      return maxMs;
    },
    stop: () => void delay.disable(),
  };
}

/** Exports this thread's delay as `helium_event_loop_delay_seconds`. */
export function observeLoopDelay(meter: Meter): LoopDelay {
  const delay = measureLoopDelay();
  gaugeOf(meter, 'helium_event_loop_delay_seconds', () => delay.takeMaxMs() / 1000);
  return delay;
}
