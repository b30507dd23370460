import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../config/settings.ts';
import { assertMetricsGuarded, assertPortGuarded } from './assert-guarded.ts';

const base = {
  listen: SETTINGS.listen.default,
  credentials: '',
  'tls-client-ca': '',
  'anonymous-access': SETTINGS['anonymous-access'].default,
  'metrics-listen': '',
  'metrics-credentials': '',
};
const port = (given: Partial<typeof base> | object) => () =>
  assertPortGuarded({ ...base, ...given });
const metrics = (given: Partial<typeof base> | object) => () =>
  assertMetricsGuarded({ ...base, ...given });

describe('a port beyond loopback', () => {
  it('needs tokens, certificates or a word that it may be open', () => {
    for (const listen of ['127.0.0.1:1', '[::1]:1', 'localhost:1'])
      expect(port({ listen })).not.toThrow();
    for (const listen of ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'helium.example.org:1']) {
      expect(port({ listen })).toThrow(`listen: everybody who reaches ${listen} could run`);
      expect(port({ listen, 'anonymous-access': 'metrics' })).toThrow('anonymous-access to all');
      expect(port({ listen, 'anonymous-access': 'all' })).not.toThrow();
      expect(port({ listen, credentials: 'file' })).not.toThrow();
      expect(port({ listen, 'tls-client-ca': 'file' })).not.toThrow();
    }
  });

  it('of metrics needs tokens of its own or the word; those of the coordinator do not guard it', () => {
    const open = { 'metrics-listen': '0.0.0.0:9464' };
    expect(metrics({})).not.toThrow();
    expect(metrics({ 'metrics-listen': '127.0.0.1:9464' })).not.toThrow();
    expect(metrics({ ...open, credentials: 'file' })).toThrow(
      'metrics-listen: everybody who reaches 0.0.0.0:9464 could read the counts of all tenants',
    );
    expect(metrics({ ...open, 'metrics-credentials': 'file' })).not.toThrow();
    for (const word of ['metrics', 'all'])
      expect(metrics({ ...open, 'anonymous-access': word })).not.toThrow();
  });
});
