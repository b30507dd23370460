import { HeliumError } from '@helium/shared';

/**
 * A 64-bit number of the wire, which travels as text; `what` names it in the error. Throws PROTOCOL_INCOMPATIBLE
 * above 2^53 - 1, where it would become another number.
 */
export function decodeCount(what: string, text: string | null | undefined): number {
  const count = Number(text ?? 0);
  if (Number.isSafeInteger(count)) return count;
  const message = `${what} is ${text}, this client takes up to ${Number.MAX_SAFE_INTEGER}`;
  throw new HeliumError('PROTOCOL_INCOMPATIBLE', message);
}
