import { nodeKey } from '../journal/index.ts';
import type { RunEventBody } from './run-port.ts';

/**
 * Names what an event tells, where that is told once in a run: a run that is resumed comes to the same places again.
 * Undefined for events that may come any number of times, and for the last.
 */
export function deliveryOf(body: RunEventBody): string | undefined {
  switch (body.kind) {
    case 'stateChanged':
      return `state ${body.state}`;
    case 'planned':
      return 'planned';
    case 'callFinished':
    case 'expanded':
      return `${body.kind} ${nodeKey(body.operator, body.rows[0])}`;
    case 'output':
      return `output ${nodeKey(body.name, body.row)}`;
    default:
      return undefined;
  }
}
