import { readFileSync } from 'node:fs';
import { HeliumError } from '../errors/helium-error.ts';
import { fileStamp } from '../tls/file-stamp.ts';
import { isToken } from './token.ts';

/** Where a program has its token from, each '' where not given; the file counts if both are. */
export interface TokenOrigin {
  readonly token: string;
  /** Read again whenever it changes. */
  readonly tokenFile: string;
}

/** The token as it stands at the moment, undefined where there is none. Throws CONFIG_INVALID. */
export type TokenSource = () => string | undefined;

/**
 * A source for `origin`. Throws CONFIG_INVALID for a token that is none and a file that cannot be read; later a file
 * that cannot be read leaves the token of before in force. Errors name the file, never what is in it.
 */
export function tokenSource({ token, tokenFile }: TokenOrigin): TokenSource {
  if (tokenFile === '') {
    if (token === '') return () => undefined;
    assertToken('token', token);
    return () => token;
  }
  let known = { stamp: fileStamp(tokenFile), token: readToken(tokenFile) };
  return () => {
    const stamp = fileStamp(tokenFile);
    if (stamp === '' || stamp === known.stamp) return known.token;
    try {
      known = { stamp, token: readToken(tokenFile) };
    } catch {
      // It is being written, or a mistake that the next call may find mended; the coordinator says if it is not.
    }
    return known.token;
  };
}

function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const message = `token-file: ${path} cannot be read: ${(cause as Error).message}`;
    throw new HeliumError('CONFIG_INVALID', message, { cause });
  }
  const token = text.trim();
  assertToken(`token-file: ${path}`, token);
  return token;
}

function assertToken(what: string, token: string): void {
  if (isToken(token)) return;
  const message = `${what}: is no token: 16 to 512 visible ASCII characters without spaces, it has ${token.length}`;
  throw new HeliumError('CONFIG_INVALID', message);
}
