import { createHash } from 'node:crypto';
import { invariant, type TenantId } from '@helium/shared';

/** A tenant's part of store keys: 128 bits of its id's hash, so that ids may hold any character. */
export function tenantHash(tenant: TenantId): string {
  return createHash('sha256').update(tenant).digest('hex').slice(0, 32);
}

/**
 * What every key of a tenant begins with. In braces, so that a tenant's keys share a cluster slot.
 */
export function namespaceOf(tenant: TenantId): string {
  return `helium:v1:{${tenantHash(tenant)}}:`;
}

/** The key of one entry in any store. */
export function storeKey(tenant: TenantId, key: string): string {
  invariant(/^[0-9a-f]{64}$/.test(key), `prompt-cache key "${key}" is not 64 hex digits`);
  return namespaceOf(tenant) + key;
}
