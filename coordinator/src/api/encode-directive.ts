import type { wire } from '@helium/proto';
import { assertNever, type PrefixDirective } from '@helium/shared';

export function encodeDirective(directive: PrefixDirective): wire.PrefixDirective {
  switch (directive.kind) {
    case 'prefetch': {
      const { cacheSalt, pin, nextUse } = directive;
      const use = Number.isFinite(nextUse) ? { nextUse } : {};
      return { prefetch: { cacheSalt, tokens: [...directive.tokens], pin, ...use } };
    }
    case 'pin':
      return { pin: { cacheSalt: directive.cacheSalt, tokens: [...directive.tokens] } };
    case 'release':
      return { release: { cacheSalt: directive.cacheSalt, tokens: [...directive.tokens] } };
    case 'nextUse': {
      const block = Buffer.from(directive.block, 'hex');
      const order = Number.isFinite(directive.nextUse) ? { order: directive.nextUse } : {};
      return { nextUse: { block, ...order } };
    }
    default:
      return assertNever(directive);
  }
}
