/** Metadata key under which a call has its token. */
export const AUTHORIZATION_KEY = 'authorization';

/** The value of that key. */
export function bearerOf(token: string): string {
  return `Bearer ${token}`;
}

/** The token in a value of that key; undefined where it is of another scheme. */
export function tokenOfBearer(value: string): string | undefined {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(value)?.[1];
}
