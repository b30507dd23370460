import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertMaySendToken } from './assert-may-send-token.ts';
import { createToken, hashToken, isToken } from './token.ts';
import { tokenSource } from './token-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'helium-token-'));
const path = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  writeFileSync(path(name), text);
  return path(name);
};

describe('a token', () => {
  it('is random, of letters that need no quoting, and kept as its SHA-256', () => {
    const [one, other] = [createToken(), createToken()];
    expect(one).toMatch(/^helium_[A-Za-z0-9_-]{43}$/);
    expect(one).not.toBe(other);
    expect(isToken(one)).toBe(true);
    expect(hashToken('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('comes from the file where there is one, and follows it when it changes', () => {
    expect(tokenSource({ token: '', tokenFile: '' })()).toBeUndefined();
    const [given, first, second] = [createToken(), createToken(), createToken()];
    expect(tokenSource({ token: given, tokenFile: '' })()).toBe(given);
    // As Kubernetes mounts a Secret: a link that is turned.
    const link = path('token');
    symlinkSync(write('a', `${first}\n`), link);
    const source = tokenSource({ token: given, tokenFile: link });
    expect(source()).toBe(first);
    rmSync(link);
    expect(source()).toBe(first);
    symlinkSync(write('b', second), link);
    expect(source()).toBe(second);
    rmSync(link);
    symlinkSync(write('c', 'half'), link);
    expect(source()).toBe(second);
  });

  it('that cannot be one is refused without being told', () => {
    const bad = write('bad', 'my secret with spaces\n');
    const message = (origin: Parameters<typeof tokenSource>[0]) => {
      try {
        tokenSource(origin);
      } catch (error) {
        return (error as Error).message;
      }
      return 'taken';
    };
    expect(message({ token: '', tokenFile: bad })).toBe(
      `token-file: ${bad}: is no token: 16 to 512 visible ASCII characters without spaces, it has 21`,
    );
    expect(message({ token: 'short', tokenFile: '' })).toMatch(/^token: is no token: .* it has 5$/);
    const none = path('none');
    expect(message({ token: '', tokenFile: none })).toContain(`token-file: ${none} cannot be read`);
  });

  it('is not sent in the clear beyond this machine, unless that is allowed', () => {
    const plain = { isTls: false, isAllowed: false };
    for (const address of ['127.0.0.1:1', '127.8.0.9:1', 'localhost:1', '[::1]:1'])
      expect(() => assertMaySendToken(address, plain)).not.toThrow();
    for (const address of [
      '10.0.0.1:1',
      '127.0.0.1.example.org:1',
      'coordinator:1',
      '[fe80::1]:1',
    ]) {
      expect(() => assertMaySendToken(address, plain)).toThrow(
        `coordinator ${address}: a token is`,
      );
      expect(() => assertMaySendToken(address, { ...plain, isTls: true })).not.toThrow();
      expect(() => assertMaySendToken(address, { ...plain, isAllowed: true })).not.toThrow();
    }
  });
});
