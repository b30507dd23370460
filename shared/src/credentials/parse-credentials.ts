import type { Fault } from '../errors/helium-error.ts';
import { IDENTITY_NAME_RULE, isIdentityName, ROLES, type Role } from '../identity/index.ts';
import { tenantId } from '../ids.ts';
import type { Credential } from './credential.ts';

const KEYS = ['name', 'roles', 'tenant', 'sha256', 'expires'];

/** Who has no tenant of its own. */
const NO_TENANT = 'default';

/**
 * The entries of one file's content, `credentials: [{ name, roles, tenant, sha256, expires? }, …]`. Adds a fault for
 * each that is none, by its place in `file`; says nothing of what stands where a hash should.
 */
export function parseCredentials(file: string, content: object, faults: Fault[]): Credential[] {
  const { credentials, ...others } = content as { readonly credentials?: unknown };
  for (const key of Object.keys(others))
    faults.push({ field: file, message: `"${key}" is no key of it: it has credentials` });
  if (!Array.isArray(credentials)) {
    faults.push({ field: file, message: 'credentials: is not a list of entries' });
    return [];
  }
  return credentials.flatMap((entry: unknown, index) => {
    const place = `${file}: credentials[${index}]`;
    const fault = (what: string) => void faults.push({ field: place, message: what });
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      fault('is no entry, `name: …, roles: […], sha256: …`');
      return [];
    }
    return [parseEntry(entry as Record<string, unknown>, fault)];
  });
}

function parseEntry(entry: Record<string, unknown>, fault: (what: string) => void): Credential {
  for (const key of Object.keys(entry))
    if (!KEYS.includes(key)) fault(`${key}: is unknown; known: ${KEYS.join(', ')}`);
  const { name, sha256 } = entry;
  const isNamed = typeof name === 'string' && isIdentityName(name);
  if (!isNamed) fault(`name: ${shown(name)} is not ${IDENTITY_NAME_RULE}`);
  const isHash = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  // What stands there instead may be the token itself.
  if (!isHash) fault('sha256: is not the SHA-256 of a token, 64 hex digits (0-9, a-f)');
  const roles = parseRoles(entry.roles, fault);
  return {
    name: isNamed ? name : '',
    roles,
    tenant: tenantId(parseTenant(entry.tenant, roles, fault)),
    sha256: isHash ? sha256 : '',
    expiresAtMs: parseExpiry(entry.expires, fault),
  };
}

function parseRoles(value: unknown, fault: (what: string) => void): ReadonlySet<Role> {
  const listed = Array.isArray(value) && value.length > 0 ? value : undefined;
  if (listed === undefined) fault(`roles: is not a list of ${ROLES.join(', ')}`);
  for (const role of listed ?? [])
    if (!ROLES.includes(role)) fault(`roles: ${shown(role)} is none of ${ROLES.join(', ')}`);
  return new Set(listed as readonly Role[] | undefined);
}

function parseTenant(
  value: unknown,
  roles: ReadonlySet<Role>,
  fault: (what: string) => void,
): string {
  if (value === undefined) {
    // Nobody becomes the tenant `default` by an omission.
    if (roles.has('client')) fault('tenant: is missing: a client is one of a tenant');
    return NO_TENANT;
  }
  if (typeof value === 'string' && isIdentityName(value)) return value;
  fault(`tenant: ${shown(value)} is not ${IDENTITY_NAME_RULE}`);
  return NO_TENANT;
}

function parseExpiry(value: unknown, fault: (what: string) => void): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const isDate =
    typeof value === 'string' && /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value);
  const time = isDate ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time))
    fault(`expires: ${shown(value)} is no date as 2027-01-31 or 2027-01-31T12:00:00Z`);
  return time;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
