import type { wire } from '@helium/proto';
import { HeliumError, type PrefixDirective, type SequenceBlockHash } from '@helium/shared';

/** Throws INVARIANT_BROKEN on a directive without an action. */
export function decodeDirective(sent: wire.PrefixDirective__Output): PrefixDirective {
  if (sent.prefetch) {
    const { cacheSalt, tokens, pin, nextUse } = sent.prefetch;
    const use = nextUse === undefined ? Number.POSITIVE_INFINITY : Number(nextUse);
    return { kind: 'prefetch', cacheSalt, tokens: Int32Array.from(tokens), pin, nextUse: use };
  }
  if (sent.pin) {
    const { cacheSalt, tokens } = sent.pin;
    return { kind: 'pin', cacheSalt, tokens: Int32Array.from(tokens) };
  }
  if (sent.release) {
    const { cacheSalt, tokens } = sent.release;
    return { kind: 'release', cacheSalt, tokens: Int32Array.from(tokens) };
  }
  if (sent.nextUse) {
    const block = sent.nextUse.block.toString('hex') as SequenceBlockHash;
    const { order } = sent.nextUse;
    const nextUse = order === undefined ? Number.POSITIVE_INFINITY : Number(order);
    return { kind: 'nextUse', block, nextUse };
  }
  throw new HeliumError('INVARIANT_BROKEN', 'a prefix directive has no action');
}
