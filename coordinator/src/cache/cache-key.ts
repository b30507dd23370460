import { canonicalHash, type TenantId } from '@helium/shared';
import { encodeDecoding } from '../plan/decoding.ts';
import type { CacheKeys, PromptRequest } from '../plan/prompt-request.ts';

/**
 * The prompt-cache key of a call: 64 hex digits of SHA-256 over the tenant and everything that
 * decides the answer. Two requests have equal keys only when they are equal, except that greedy
 * ones have no other sampling parameter. Meant for deterministic calls; for others it tells
 * nothing.
 */
export function promptKey(tenant: TenantId, request: PromptRequest): string {
  return canonicalHash('helium.cache.prompt.v1', [
    tenant,
    request.modelDigest,
    request.messages.map((message) => [message.role, message.content]),
    ...encodeDecoding(request),
  ]);
}

/** The prompt-cache key of a result known by how it is derived: the signature of its node. */
export function derivationKey(tenant: TenantId, signature: string): string {
  return canonicalHash('helium.cache.derivation.v1', [tenant, signature]);
}

/** Both kinds of keys for one tenant, for planning. */
export function createCacheKeys(tenant: TenantId): CacheKeys {
  return {
    prompt: (request) => promptKey(tenant, request),
    derivation: (signature) => derivationKey(tenant, signature),
  };
}
