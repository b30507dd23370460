/**
 * What a caller may do: `client` has runs, `operator` sees and steers the cluster, `worker` attaches, `monitor` reads
 * metrics and no more: its token goes over plain HTTP.
 */
export const ROLES = ['client', 'operator', 'worker', 'monitor'] as const;
export type Role = (typeof ROLES)[number];

/** Of credentials and tenants: they stand in logs, keys and other settings. */
export function isIdentityName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text);
}

/** The same in words, behind "is not". */
export const IDENTITY_NAME_RULE =
  'up to 63 letters, digits, dots, dashes and underscores, the first a letter or digit';
