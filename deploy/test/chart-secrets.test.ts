import { environmentName, settingFlags } from '@helium/shared/config';
import { describe, expect, it } from 'vitest';
import { find, HELM, podOf, render, template } from './chart.fixture.ts';

const MONITORS = 'metrics.auth.existingSecret=monitors';
const KEYS = 'storageKeys.existingSecret=keys';
const PARTS = ['coordinator', 'worker'] as const;

/** What everybody may reach of the coordinator and of a worker, and undefined where the program's default holds. */
function openTo(...set: string[]) {
  const manifests = render(...set);
  return PARTS.map((part) => {
    const env: { name: string; value?: string }[] = podOf(manifests, part).container.env;
    return env.find(({ name }) => name === 'HELIUM_ANONYMOUS_ACCESS')?.value;
  });
}

function refused(set: string): string {
  const { status, text } = template('--set', set);
  expect(status).not.toBe(0);
  return text;
}

describe.skipIf(HELM === undefined)('metrics for those with a token', () => {
  it('have the entries in every pod that serves them, and nothing else of the Secret', () => {
    const manifests = render(MONITORS);
    for (const part of PARTS) {
      const { settings, files } = podOf(manifests, part);
      expect(files).toEqual({ '/etc/helium/monitors/monitors.yaml': 'monitors monitors.yaml' });
      expect(settings.HELIUM_METRICS_CREDENTIALS).toBe('/etc/helium/monitors');
    }
    const { settings, files } = podOf(render(), 'coordinator');
    expect([settings.HELIUM_METRICS_CREDENTIALS, files]).toEqual([undefined, {}]);
  });

  it('leave nothing open to everybody that a token guards', () => {
    const auth = ['auth.existingSecret=tokens', 'tls.existingSecret=cert'];
    expect(openTo(MONITORS)).toEqual(['all', undefined]);
    expect(openTo(MONITORS, ...auth)).toEqual(['none', undefined]);
    expect(openTo(...auth)).toEqual(['metrics', 'metrics']);
  });

  it('are read by Prometheus with the token of the same Secret', () => {
    const endpoints = (...set: string[]) => {
      const monitor = find(
        render('metrics.podMonitor.enabled=true', ...set),
        'PodMonitor',
        'r-helium',
      );
      return monitor?.spec.podMetricsEndpoints;
    };
    const credentials = { name: 'monitors', key: 'monitor-token' };
    expect(endpoints(MONITORS)).toEqual([{ port: 'metrics', authorization: { credentials } }]);
    expect(endpoints()).toEqual([{ port: 'metrics' }]);
  });

  it('may have one Secret with callers of the coordinator: each pod has of it what it needs', () => {
    const manifests = render(
      'metrics.auth.existingSecret=s',
      'auth.existingSecret=s',
      'tls.existingSecret=cert',
    );
    expect(Object.values(podOf(manifests, 'coordinator').files)).toEqual(
      expect.arrayContaining(['s credentials.yaml', 's monitors.yaml']),
    );
    expect(Object.values(podOf(manifests, 'worker').files)).toEqual([
      's worker-token',
      's monitors.yaml',
      'cert ca.crt',
    ]);
  });

  it.each([
    [`${MONITORS},metrics.enabled=false`, 'metrics.auth.existingSecret: needs metrics.enabled'],
    [
      `${MONITORS},coordinator.extraEnv[0].name=HELIUM_METRICS_CREDENTIALS`,
      'coordinator.extraEnv: sets HELIUM_METRICS_CREDENTIALS, and so does metrics.auth.existingSecret: choose one',
    ],
    [
      `${MONITORS},workers.default.extraEnv[0].name=HELIUM_METRICS_CREDENTIALS`,
      'workers.default.extraEnv: sets HELIUM_METRICS_CREDENTIALS, and so does metrics.auth.existingSecret: choose one',
    ],
    ['metrics.auth=null', "missing property 'auth'"],
    ['metrics.auth.secret=a', "'secret' not allowed"],
    ['metrics.auth.existingSecret=5', '/metrics/auth/existingSecret'],
  ])('are refused with --set %s, by its name', (set, named) => {
    expect(refused(set)).toContain(named);
  });
});

describe.skipIf(HELM === undefined)('keys that seal what is stored', () => {
  it('are a file of the coordinator, wherever it stores, and of nobody else', () => {
    for (const store of ['', 'redis.url=redis://x', 'coordinator.persistence.enabled=false']) {
      const manifests = render(KEYS, ...(store === '' ? [] : [store]));
      const { settings, files } = podOf(manifests, 'coordinator');
      expect(files).toEqual({ '/etc/helium/storage/storage-keys': 'keys storage-keys' });
      expect(settings.HELIUM_STORAGE_KEY_FILE).toBe('/etc/helium/storage/storage-keys');
      expect(JSON.stringify(podOf(manifests, 'worker').container)).not.toContain('storage');
    }
    expect(podOf(render(), 'coordinator').settings.HELIUM_STORAGE_KEY_FILE).toBeUndefined();
  });

  it.each([
    [
      `${KEYS},coordinator.extraEnv[0].name=HELIUM_STORAGE_KEY_FILE`,
      'coordinator.extraEnv: sets HELIUM_STORAGE_KEY_FILE, and so does storageKeys.existingSecret: choose one',
    ],
    ['storageKeys=null', "missing property 'storageKeys'"],
    ['storageKeys.key=a', "'key' not allowed"],
  ])('are refused with --set %s, by its name', (set, named) => {
    expect(refused(set)).toContain(named);
  });

  it('and entries of who reads metrics are named by variables that the programs read', () => {
    const known = new Set(settingFlags().map(({ name }) => environmentName(name)));
    const manifests = render(MONITORS, KEYS);
    const names = PARTS.flatMap((part) => Object.keys(podOf(manifests, part).settings));
    expect(names).toHaveLength(4);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});
