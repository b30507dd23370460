import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from './address.ts';

describe('parseAddress', () => {
  it('reads names, IPv4 and bracketed IPv6 addresses, and formatAddress writes them back', () => {
    for (const text of ['localhost:0', '127.0.0.1:7420', '[::1]:9464']) {
      expect(formatAddress(parseAddress('listen', text))).toBe(text);
    }
    expect(parseAddress('listen', '[::1]:9464')).toEqual({ host: '::1', port: 9464 });
  });

  it.each(['', '7420', 'localhost', '::1:7420', 'localhost:', 'localhost:65536', 'a b:1', 'a:-1'])(
    'refuses %j by the name of the setting',
    (text) => {
      expect(() => parseAddress('listen', text)).toThrow(/^listen: .* is not host:port/);
    },
  );
});
