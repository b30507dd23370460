import { describe, expect, it } from 'vitest';
import { find, HELM, render, template } from './chart.fixture.ts';

const NAME = 'r-helium-coordinator';
const AT = 'coordinator.persistence';

/** The coordinator's pod, and the claim that the chart makes. */
function coordinator(...set: string[]) {
  const manifests = render(...set);
  const pod = find(manifests, 'Deployment', NAME)?.spec.template;
  const home = pod.spec.volumes.find(({ name }: { name: string }) => name === 'home');
  const lost: string =
    pod.metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'];
  return { home, lost, claim: find(manifests, 'PersistentVolumeClaim', NAME) };
}

describe.skipIf(HELM === undefined)("the coordinator's volume", () => {
  it('holds the journal of runs by default, outlives the release, and is never of two pods at once', () => {
    const { home, claim } = coordinator();
    expect(home.persistentVolumeClaim).toEqual({ claimName: NAME });
    expect(claim?.metadata).toMatchObject({ annotations: { 'helm.sh/resource-policy': 'keep' } });
    expect(claim?.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '8Gi' } },
    });
    const deployment = find(render(), 'Deployment', NAME);
    expect(deployment?.spec).toMatchObject({ strategy: { type: 'Recreate' }, replicas: 1 });
  });

  it('is of the size, class and access mode that the values say', () => {
    const { claim } = coordinator(
      `${AT}.size=20Gi,${AT}.storageClass=fast,${AT}.accessMode=ReadWriteOncePod`,
    );
    expect(claim?.spec).toEqual({
      accessModes: ['ReadWriteOncePod'],
      storageClassName: 'fast',
      resources: { requests: { storage: '20Gi' } },
    });
    expect(coordinator(`${AT}.storageClass=-`).claim?.spec.storageClassName).toBe('');
  });

  it('is a claim that is there already, where the values name one', () => {
    const { home, claim } = coordinator(`${AT}.existingClaim=mine`);
    expect(home.persistentVolumeClaim).toEqual({ claimName: 'mine' });
    expect(claim).toBeUndefined();
  });

  it.each(['redis.url=redis://x', 'redis.existingSecret=s', 'redis.trial.enabled=true'])(
    'is not there where %s has journal and cache',
    (set) => {
      const { home, claim, lost } = coordinator(set);
      expect([home, claim]).toEqual([{ name: 'home', emptyDir: {} }, undefined]);
      expect(lost).toBe('tmp,home');
    },
  );

  it.each([
    ['the volume', true, []],
    ['a volume of others', true, [`${AT}.existingClaim=mine`]],
    ['a Redis of others', true, ['redis.url=redis://x']],
    ['a Redis of others', true, ['redis.existingSecret=s']],
    ['the pod', false, [`${AT}.enabled=false`]],
    ['the trial Redis', false, ['redis.trial.enabled=true']],
  ])(
    'has the key of cached answers outlive the release where they do: in %s %s',
    (_, isKept, set) => {
      const secret = find(render(...set), 'Secret', 'r-helium-cache');
      expect(secret).toBeDefined();
      expect(secret?.metadata.annotations).toEqual(
        isKept ? { 'helm.sh/resource-policy': 'keep' } : undefined,
      );
    },
  );

  it('keeps an autoscaler of nodes away from a pod whose runs end with it', () => {
    const { home, claim, lost } = coordinator(`${AT}.enabled=false`);
    expect([home, claim]).toEqual([{ name: 'home', emptyDir: {} }, undefined]);
    expect(lost).toBe('tmp');
    expect(coordinator().lost).toBe('tmp');
  });

  it.each([
    [`${AT}.enabled=true,redis.url=redis://x`, `${AT}.enabled: is true and redis.url is set`],
    [`${AT}.enabled=true,redis.trial.enabled=true`, 'and redis.trial.enabled is set'],
    [
      `${AT}.existingClaim=c,redis.existingSecret=s`,
      `${AT}.existingClaim: is set and redis.existingSecret`,
    ],
    [
      `${AT}.existingClaim=c,${AT}.enabled=false`,
      `${AT}.existingClaim: is set and ${AT}.enabled is false`,
    ],
    [
      `${AT}.existingClaim=c,${AT}.storageClass=s`,
      `${AT}.storageClass: is for a claim of the chart's`,
    ],
    [`${AT}.enabled=maybe`, '/coordinator/persistence/enabled'],
    [`${AT}.accessMode=ReadWriteMany`, '/coordinator/persistence/accessMode'],
    [`${AT}.size=8`, '/coordinator/persistence/size'],
    [`${AT}.storage=8Gi`, "'storage' not allowed"],
  ])('refuses --set %s and names the value', (set, named) => {
    const { status, text } = template('--set', set);
    expect(status).not.toBe(0);
    expect(text).toContain(named);
  });
});
