import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { find, HELM, render, template } from './chart.fixture.ts';

const COORDINATOR = 'r-helium-coordinator';
const WORKERS = 'r-helium-worker-default';

/** The pods of coordinator and workers. */
function pods(...set: string[]) {
  const manifests = render(...set);
  return {
    coordinator: find(manifests, 'Deployment', COORDINATOR)?.spec.template,
    worker: find(manifests, 'StatefulSet', WORKERS)?.spec.template,
  };
}

describe.skipIf(HELM === undefined)('pods of the chart', () => {
  it.each([
    ['coordinator', 'coordinator'],
    ['worker', 'workers.default'],
  ] as const)('of the %s have what %s says beside what they need', (part, at) => {
    const pod = pods(
      `${at}.podLabels.team=agents,${at}.podAnnotations.note=n,${at}.priorityClassName=high`,
      `${at}.affinity.nodeAffinity.x=y`,
      `${at}.extraVolumes[0].name=more,${at}.extraVolumes[0].configMap.name=functions`,
      `${at}.extraVolumeMounts[0].name=more,${at}.extraVolumeMounts[0].mountPath=/more`,
    )[part];
    expect(pod.metadata.labels).toMatchObject({
      team: 'agents',
      'app.kubernetes.io/component': part,
    });
    expect(pod.metadata.annotations).toMatchObject({ note: 'n' });
    expect(pod.spec.priorityClassName).toBe('high');
    expect(pod.spec.affinity).toEqual({ nodeAffinity: { x: 'y' } });
    expect(pod.spec.volumes.at(-1)).toEqual({ name: 'more', configMap: { name: 'functions' } });
    expect(pod.spec.containers[0].volumeMounts.at(-1)).toEqual({
      name: 'more',
      mountPath: '/more',
    });
    expect(pod.spec.volumes.length).toBeGreaterThan(2);
  });

  it('keep no node from being drained or given back when what they hold is a cache', () => {
    const key = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
    expect(pods().worker.metadata.annotations).toEqual({ [key]: 'home,tmp' });
    const budget = find(render(), 'PodDisruptionBudget', WORKERS);
    expect(budget?.spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  it('are of users that the cluster chooses where the values name none', () => {
    const rest = {
      runAsNonRoot: true,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const own = { runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 };
    expect(pods().worker.spec.securityContext).toEqual({ ...own, ...rest });
    const large = pods('podSecurityContext.runAsUser=1000650000').coordinator.spec.securityContext;
    expect(large).toEqual({ ...own, ...rest, runAsUser: 1_000_650_000 });
    const { coordinator, worker } = pods('podSecurityContext=null');
    expect([coordinator.spec.securityContext, worker.spec.securityContext]).toEqual([rest, rest]);
  });

  it('run as a service account that is there already, where the values say so', () => {
    const set = ['serviceAccount.create=false,serviceAccount.name=mine'];
    const { coordinator, worker } = pods(...set);
    expect([coordinator.spec.serviceAccountName, worker.spec.serviceAccountName]).toEqual([
      'mine',
      'mine',
    ]);
    const [test] = render(...set).filter(({ kind }) => kind === 'Pod');
    expect(test?.spec.serviceAccountName).toBe('mine');
    expect(render(...set).filter(({ kind }) => kind === 'ServiceAccount')).toEqual([]);
    expect(find(render('serviceAccount.name=own'), 'ServiceAccount', 'own')).toBeDefined();
  });

  it('of workers share graphs, and get models, from volumes that the values name', () => {
    const { worker } = pods(
      'workers.default.graphClaim=graphs',
      'workers.default.initContainers[0].name=fetch,workers.default.initContainers[0].image=curl',
    );
    expect(worker.spec.initContainers).toEqual([{ name: 'fetch', image: 'curl' }]);
    const mount = { name: 'graphs', mountPath: '/var/lib/helium/graphs' };
    expect(worker.spec.containers[0].volumeMounts).toContainEqual(mount);
    const volume = { name: 'graphs', persistentVolumeClaim: { claimName: 'graphs' } };
    expect(worker.spec.volumes).toContainEqual(volume);
    expect(pods().worker.spec.volumes).not.toContainEqual(volume);
  });

  it('have the Service annotated, and objects beside them, as the values say', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: '{{ .Release.Name }}-f' },
    };
    const { stdout } = template('--set-json', `extraObjects=${JSON.stringify([object])}`);
    expect(parseAllDocuments(stdout).map((each) => each.toJS())).toContainEqual({
      ...object,
      metadata: { name: 'r-f' },
    });
    const manifests = render('coordinator.serviceAnnotations.lb=internal');
    expect(find(manifests, 'Service', 'r-helium')?.metadata).toMatchObject({
      annotations: { lb: 'internal' },
    });
  });

  it.each([
    ['serviceAccount.create=false', 'serviceAccount.name: is missing'],
    ['podSecurityContext.runAsUser=0', '/podSecurityContext/runAsUser'],
    ['podSecurityContext.privileged=true', "'privileged' not allowed"],
    ['coordinator.extraVolumeMounts[0].name=a', "missing property 'mountPath'"],
    ['workers.default.initContainers[0].name=a', "missing property 'image'"],
    ['extraObjects[0].kind=A', "missing property 'apiVersion'"],
  ])('refuse --set %s and name the value', (set, named) => {
    const { status, text } = template('--set', set);
    expect(status).not.toBe(0);
    expect(text).toContain(named);
  });
});

describe.skipIf(HELM === undefined)('a pool that is scaled', () => {
  const AT = 'workers.default.autoscaling';
  const ON = [
    `${AT}.enabled=true,${AT}.prometheus=http://prometheus:9090`,
    'workers.default.modelName=m',
  ];

  it('has its count from elsewhere, and KEDA count the calls of its model', () => {
    const manifests = render(...ON, `${AT}.maxReplicas=9`);
    expect(find(manifests, 'StatefulSet', WORKERS)?.spec.replicas).toBeUndefined();
    const scaled = find(manifests, 'ScaledObject', WORKERS)?.spec;
    expect(scaled).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: WORKERS },
      minReplicaCount: 1,
      maxReplicaCount: 9,
    });
    const [{ metadata, metricType }] = scaled.triggers;
    expect(metricType).toBe('AverageValue');
    expect(metadata).toEqual({
      serverAddress: 'http://prometheus:9090',
      query:
        'sum(helium_queue_calls{namespace="default",pod=~"r-helium-coordinator-.*",model="m"}) + ' +
        'sum(helium_worker_calls{namespace="default",pod=~"r-helium-worker-default-[0-9]+"})',
      threshold: '16',
      ignoreNullValues: 'false',
    });
  });

  it('has a worker for as many calls as a batch has, or as the values say', () => {
    const threshold = (...set: string[]) =>
      find(render(...ON, ...set), 'ScaledObject', WORKERS)?.spec.triggers[0].metadata.threshold;
    expect(threshold('workers.default.maxBatch=32')).toBe('32');
    expect(threshold(`${AT}.callsPerWorker=7`)).toBe('7');
  });

  it('may be left to a scaler that is not the chart’s', () => {
    const manifests = render(`${AT}.enabled=true`);
    expect(find(manifests, 'StatefulSet', WORKERS)?.spec.replicas).toBeUndefined();
    expect(manifests.filter(({ kind }) => kind === 'ScaledObject')).toEqual([]);
  });

  it.each([
    [
      `${AT}.enabled=true,${AT}.maxReplicas=2,${AT}.minReplicas=3`,
      `${AT}.maxReplicas: 2 is less than minReplicas, 3`,
    ],
    [`${AT}.enabled=true,${AT}.prometheus=http://p`, 'set workers.default.modelName'],
    [
      `${AT}.enabled=true,${AT}.prometheus=http://p,workers.default.modelName=m,metrics.enabled=false`,
      `${AT}: needs metrics.enabled`,
    ],
    [`${AT}.minReplicas=0`, '/workers/default/autoscaling/minReplicas'],
    [`${AT}.prometheus=p:9090`, '/workers/default/autoscaling/prometheus'],
  ])('is refused with --set %s, by its name', (set, named) => {
    const { status, text } = template('--set', set);
    expect(status).not.toBe(0);
    expect(text).toContain(named);
  });
});
