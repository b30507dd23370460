import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POLICIES } from '@helium/coordinator/scheduler';
import { environmentName, settingFlags } from '@helium/shared/config';
import { METRICS } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CHART, find, HELM, helm, KUBERNETES, podOf, render, template } from './chart.fixture.ts';

if (HELM === undefined)
  console.error('SKIPPED: the chart tests need helm; install it, or Go, and run again');

describe.skipIf(HELM === undefined)('the Helm chart', () => {
  it('passes helm lint --strict', () => {
    expect(helm('lint', '--strict', CHART).text).toContain('0 chart(s) failed');
  });

  it.each(readdirSync(join(CHART, 'ci')))('makes objects of ci/%s', (file) => {
    const values = ['--values', join(CHART, 'ci', file)];
    const { text, stdout } = template(...values);
    expect(text).not.toMatch(/^Error/m);
    expect(parseAllDocuments(stdout).filter(({ errors }) => errors.length > 0)).toEqual([]);
    expect(helm('lint', '--strict', CHART, ...values).text).toContain('0 chart(s) failed');
  });

  it('has one coordinator, a worker pool and a closed network by default', () => {
    const manifests = render();
    const coordinator = find(manifests, 'Deployment', 'r-helium-coordinator');
    expect(coordinator?.spec.replicas).toBe(1);
    const [container] = coordinator?.spec.template.spec.containers ?? [];
    expect(container.readinessProbe.grpc.port).toBe(7420);
    expect(container.image).toBe('helium/coordinator:0.1.0');
    expect(find(manifests, 'StatefulSet', 'r-helium-worker-default')?.spec.replicas).toBe(1);
    expect(manifests.filter((m) => m.kind === 'NetworkPolicy')).toHaveLength(2);
  });

  it('runs every pod without rights', () => {
    const pods = render('redis.trial.enabled=true').filter((m) => m.spec?.template !== undefined);
    expect(pods).toHaveLength(3);
    for (const { spec } of pods) {
      expect(spec.template.spec.automountServiceAccountToken).toBe(false);
      expect(spec.template.spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const { securityContext } of spec.template.spec.containers) {
        expect(securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('probes liveness apart from readiness, so that a draining pod is not killed', () => {
    const manifests = render();
    const containers = [
      find(manifests, 'Deployment', 'r-helium-coordinator'),
      find(manifests, 'StatefulSet', 'r-helium-worker-default'),
    ].map((workload) => workload?.spec.template.spec.containers[0]);
    for (const { startupProbe, livenessProbe, readinessProbe } of containers) {
      expect(startupProbe.grpc.service).toBe('liveness');
      expect(livenessProbe.grpc.service).toBe('liveness');
      expect(readinessProbe.grpc.service).toBeUndefined();
    }
    const [, worker] = containers;
    const listen = worker.env.find((e: { name: string }) => e.name === 'HELIUM_HEALTH_LISTEN');
    expect(listen.value).toBe(`0.0.0.0:${worker.livenessProbe.grpc.port}`);
  });

  it('names only variables that the programs read', () => {
    const known = new Set(settingFlags().map(({ name }) => environmentName(name)));
    const tls = ['tls.existingSecret=t', 'tls.mutual.enabled=true', 'tls.mutual.workerSecret=w'];
    const auth = ['auth.existingSecret=a', 'auth.plaintext=true', 'tls.serverName=n'];
    const variables = render('redis.url=redis://cache:6379', ...tls, ...auth)
      .flatMap((m) => m.spec?.template?.spec.containers ?? [])
      .flatMap(({ env }) => env.map((e: { name: string }) => e.name));
    expect(variables.length).toBeGreaterThan(10);
    expect(variables.filter((name) => !known.has(name))).toEqual([]);
  });

  it('asks for GPUs only where a pool has them, goes where those are, and keeps the other limits', () => {
    const workers = render(
      'workers.a100.replicas=4',
      'workers.a100.engine=onnx',
      'workers.a100.gpus=1',
      'workers.a100.device=cuda',
      'workers.a100.precision=exact',
      'workers.a100.resources.limits.memory=64Gi',
      'workers.a100.tolerations[0].key=batch',
    );
    const tolerated = (pool: string) =>
      find(workers, 'StatefulSet', `r-helium-worker-${pool}`)?.spec.template.spec.tolerations;
    expect(tolerated('a100')).toEqual([
      { key: 'batch' },
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ]);
    expect(tolerated('default')).toBeUndefined();
    const limits = (pool: string) =>
      find(workers, 'StatefulSet', `r-helium-worker-${pool}`)?.spec.template.spec.containers[0]
        .resources.limits;
    expect(limits('a100')).toEqual({ 'nvidia.com/gpu': 1, memory: '64Gi' });
    expect(limits('default')).toEqual({ memory: '4Gi' });
  });

  it('gives each pool the precision, device and stacking it names, fast on the CPU where it names none', () => {
    const workers = render(
      'workers.sharp.replicas=1',
      'workers.sharp.engine=onnx',
      'workers.sharp.precision=exact',
      'workers.sharp.device=cuda',
      'workers.sharp.stackedQueries=on',
    );
    const computing = (pool: string) => {
      const set = find(workers, 'StatefulSet', `r-helium-worker-${pool}`);
      const env: { name: string; value: string }[] = set?.spec.template.spec.containers[0].env;
      return ['PRECISION', 'DEVICE', 'STACKED_QUERIES'].map(
        (name) => env.find((each) => each.name === `HELIUM_${name}`)?.value,
      );
    };
    expect(computing('sharp')).toEqual(['exact', 'cuda', 'on']);
    expect(computing('default')).toEqual(['fast', 'cpu', 'auto']);
  });

  it('tells an engine the CPUs that its pod asks for, not the cores of the node', () => {
    const threads = (...set: string[]) => {
      const worker = find(render(...set), 'StatefulSet', 'r-helium-worker-default');
      const env: { name: string; value?: string; valueFrom?: object }[] =
        worker?.spec.template.spec.containers[0].env;
      return env.find(({ name }) => name === 'HELIUM_THREADS');
    };
    expect(threads()?.valueFrom).toEqual({
      resourceFieldRef: { containerName: 'worker', resource: 'requests.cpu', divisor: '1' },
    });
    expect(threads('workers.default.threads=3')?.value).toBe('3');
  });

  it('lets pools serve one file under names of their own', () => {
    const workers = render(
      'workers.sharp.replicas=1',
      'workers.sharp.engine=onnx',
      'workers.sharp.precision=exact',
      'workers.sharp.modelName=sharp',
    );
    const name = (pool: string) =>
      find(
        workers,
        'StatefulSet',
        `r-helium-worker-${pool}`,
      )?.spec.template.spec.containers[0].env.find(
        (each: { name: string }) => each.name === 'HELIUM_MODEL_NAME',
      )?.value;
    expect(name('sharp')).toBe('sharp');
    expect(name('default')).toBeUndefined();
  });

  it('keeps variables of Services out of the pods, and metrics off the Service for clients', () => {
    const manifests = render('redis.trial.enabled=true', 'coordinator.serviceType=LoadBalancer');
    const pods = manifests.filter((m) => m.spec?.template !== undefined);
    expect(pods.map((m) => m.spec.template.spec.enableServiceLinks)).toEqual([false, false, false]);
    const ports = (name: string) =>
      find(manifests, 'Service', name)?.spec.ports.map((port: { name: string }) => port.name);
    expect(ports('r-helium')).toEqual(['grpc']);
    expect(ports('r-helium-metrics')).toEqual(['metrics']);
    expect(find(manifests, 'Service', 'r-helium-metrics')?.spec.type).toBeUndefined();
  });

  it('opens the network to the clients and destinations that the values name', () => {
    const rules = (name: string, ...set: string[]) =>
      find(render(...set), 'NetworkPolicy', name)?.spec;
    const range = { ipBlock: { cidr: '10.0.0.0/8' } };
    const [clients] = rules(
      'r-helium-coordinator',
      'networkPolicy.clients[0].ipBlock.cidr=10.0.0.0/8',
    ).ingress;
    expect(clients.from.at(-1)).toEqual(range);
    expect(clients.from).toHaveLength(3);
    const { egress } = rules(
      'r-helium-worker',
      'networkPolicy.workerEgress[0].to[0].ipBlock.cidr=10.0.0.0/8',
    );
    expect(egress.at(-1)).toEqual({ to: [range] });
  });

  it('offers the policies that the coordinator has', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
    const offered = schema.properties.coordinator.properties.policy.enum;
    expect(offered).toEqual(['', ...POLICIES.map(({ name }) => name)]);
  });

  it('gives the coordinator the Redis that the values name', () => {
    const redisUrl = (...set: string[]) => {
      const coordinator = find(render(...set), 'Deployment', 'r-helium-coordinator');
      const env: { name: string; value?: string; valueFrom?: object }[] =
        coordinator?.spec.template.spec.containers[0].env;
      return env.find((e) => e.name === 'HELIUM_REDIS_URL');
    };
    expect(redisUrl()).toBeUndefined();
    expect(redisUrl('redis.url=rediss://cache:6380')?.value).toBe('rediss://cache:6380');
    expect(redisUrl('redis.trial.enabled=true')?.value).toBe('redis://r-helium-redis:6379');
    expect(redisUrl('redis.existingSecret=s')?.valueFrom).toEqual({
      secretKeyRef: { name: 's', key: 'url' },
    });
  });

  it('starts a trial Redis that takes connections from other pods, whatever its image has for a default', () => {
    const redis = find(render('redis.trial.enabled=true'), 'Deployment', 'r-helium-redis');
    expect(redis?.spec.template.spec.containers[0].args.slice(0, 3)).toEqual([
      'redis-server',
      '--protected-mode',
      'no',
    ]);
  });

  describe('with credentials and TLS', () => {
    const SET = ['auth.existingSecret=tokens', 'tls.existingSecret=cert'];
    it('gives each program the files it needs, no others, and names them in its settings', () => {
      const manifests = render(...SET);
      const coordinator = podOf(manifests, 'coordinator');
      expect(coordinator.files).toEqual({
        '/etc/helium/credentials/credentials.yaml': 'tokens credentials.yaml',
        '/etc/helium/tls/tls.crt': 'cert tls.crt',
        '/etc/helium/tls/tls.key': 'cert tls.key',
      });
      expect(coordinator.settings).toEqual({
        HELIUM_CREDENTIALS: '/etc/helium/credentials',
        HELIUM_TLS_CERT: '/etc/helium/tls/tls.crt',
        HELIUM_TLS_KEY: '/etc/helium/tls/tls.key',
        HELIUM_HEALTH_LISTEN: '0.0.0.0:7421',
      });
      const worker = podOf(manifests, 'worker');
      expect(worker.files).toEqual({
        '/etc/helium/auth/worker-token': 'tokens worker-token',
        '/etc/helium/ca/ca.crt': 'cert ca.crt',
      });
      expect(worker.settings).toEqual({
        HELIUM_TOKEN_FILE: '/etc/helium/auth/worker-token',
        HELIUM_TLS_CA: '/etc/helium/ca/ca.crt',
        HELIUM_HEALTH_LISTEN: '0.0.0.0:7421',
      });
    });

    it('says who may come without a token: everybody its network policy lets, or readers of metrics alone', () => {
      const allowed = (...set: string[]) =>
        (['coordinator', 'worker'] as const).map((part) => {
          const env: { name: string; value?: string }[] = podOf(render(...set), part).container.env;
          return env.find(({ name }) => name === 'HELIUM_ANONYMOUS_ACCESS')?.value;
        });
      expect(allowed()).toEqual(['all', 'metrics']);
      expect(allowed(...SET)).toEqual(['metrics', 'metrics']);
    });

    it('asks the coordinator for its health where that needs no TLS', () => {
      const { container } = podOf(render(...SET), 'coordinator');
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expect(container[probe].grpc.port).toBe(7421);
      expect(container.ports.map(({ name }: { name: string }) => name)).toContain('health');
      const plain = podOf(render(), 'coordinator');
      expect([plain.settings, plain.files]).toEqual([{}, {}]);
    });

    it('has workers show certificates where those are asked for', () => {
      const manifests = render(
        ...SET,
        'tls.mutual.enabled=true',
        'tls.mutual.workerSecret=own',
        'tls.serverName=helium.example.org',
      );
      const coordinator = podOf(manifests, 'coordinator');
      expect(coordinator.settings.HELIUM_TLS_CLIENT_CA).toBe('/etc/helium/tls/ca.crt');
      expect(coordinator.files['/etc/helium/tls/ca.crt']).toBe('cert ca.crt');
      const { settings, files } = podOf(manifests, 'worker');
      expect(settings.HELIUM_TLS_SERVER_NAME).toBe('helium.example.org');
      for (const [setting, file] of [
        ['HELIUM_TLS_CERT', 'tls.crt'],
        ['HELIUM_TLS_KEY', 'tls.key'],
      ] as const) {
        expect(settings[setting]).toBe(`/etc/helium/tls/${file}`);
        expect(files[`/etc/helium/tls/${file}`]).toBe(`own ${file}`);
      }
      const trusting = podOf(render(...SET, 'tls.ca=system'), 'worker');
      expect([trusting.settings.HELIUM_TLS_CA, trusting.files['/etc/helium/ca/ca.crt']]).toEqual([
        'system',
        undefined,
      ]);
    });

    it('has cert-manager make certificates of the names that workers and clients call', () => {
      const manifests = render(
        'tls.certManager.enabled=true',
        'tls.certManager.issuerRef.name=ca',
        'tls.certManager.dnsNames[0]=helium.example.org',
        'tls.mutual.enabled=true',
      );
      const server = find(manifests, 'Certificate', 'r-helium');
      const { settings, files } = podOf(manifests, 'worker');
      expect(server?.spec).toMatchObject({
        secretName: 'r-helium-tls',
        issuerRef: { kind: 'Issuer', name: 'ca' },
        usages: ['server auth'],
        dnsNames: expect.arrayContaining(['r-helium', 'helium.example.org']),
      });
      expect(find(manifests, 'Certificate', 'r-helium-worker')?.spec).toMatchObject({
        secretName: 'r-helium-worker-tls',
        usages: ['client auth'],
      });
      expect(files[String(settings.HELIUM_TLS_CERT)]).toBe('r-helium-worker-tls tls.crt');
      expect(files[String(settings.HELIUM_TLS_CA)]).toBe('r-helium-tls ca.crt');
      expect(render().filter(({ kind }) => kind === 'Certificate')).toEqual([]);
    });

    it('sends tokens in the clear only where that is said', () => {
      const { settings } = podOf(
        render('auth.existingSecret=tokens', 'auth.plaintext=true'),
        'worker',
      );
      expect(settings.HELIUM_PLAINTEXT_TOKEN).toBe('on');
      expect(podOf(render(...SET), 'worker').settings.HELIUM_PLAINTEXT_TOKEN).toBeUndefined();
    });
  });

  it.each([
    ['colour=red', 'colour'],
    ['auth.secret=x', "'secret' not allowed"],
    ['auth.existingSecret=x', 'auth.existingSecret: workers send no token without tls'],
    ['tls.mutual.enabled=true', 'tls.mutual.enabled: needs tls.existingSecret'],
    ['tls.existingSecret=x,tls.mutual.enabled=true', 'tls.mutual.workerSecret: is missing'],
    ['tls.existingSecret=x,tls.certManager.enabled=true', 'choose one'],
    ['tls.certManager.enabled=true', 'tls.certManager.issuerRef.name: is missing'],
    ['tls.existingSecret=x,coordinator.port=7421', 'coordinator.port: 7421'],
    ['tls.ca=/ca.crt', '/tls/ca'],
    ['workers.default.replicas=-1', 'replicas'],
    ['workers.default.engine=cuda', 'engine'],
    ['workers.default.gpu=1', 'gpu'],
    ['workers.default.precision=half', 'precision'],
    ['workers.default.device=tpu', 'device'],
    ['workers.default.stackedQueries=true', "/stackedQueries': got boolean, want string"],
    ['coordinator.replicas=2', 'replicas'],
    ['redis.url=http://x', 'redis'],
    ['image.digests.worker=latest', 'worker'],
    ['coordinator.terminationGracePeriodSeconds=29', 'terminationGracePeriodSeconds'],
    ['workers.default.terminationGracePeriodSeconds=29', 'terminationGracePeriodSeconds'],
    ['workers.default.device=cuda', "/workers/default/precision': value must be 'exact'"],
    ['workers.default.gpus=1', '/workers/default/device'],
    ['workers.default.modelClaim=models', '/workers/default/model'],
    ['workers.default.extraEnv[0].name=A,workers.default.extraEnv[0].value=5', 'want string'],
    ['coordinator.extraEnv[0].nome=A', "'nome' not allowed"],
    ['coordinator.policy=nope', '/coordinator/policy'],
    ['coordinator.port=80', '/coordinator/port'],
    ['metrics.port=7420', 'metrics.port: 7420 is coordinator.port'],
    ['metrics.port=7421', 'metrics.port: 7421'],
    ['metrics.enabled=false,metrics.rules.enabled=true', 'need metrics.enabled'],
    ['metrics.podMonitor.interval=often', '/metrics/podMonitor/interval'],
    ['test.timeoutSeconds=0', '/test/timeoutSeconds'],
    ['coordinator.topologySpreadConstraints[0].maxSkew=1', "missing properties 'topologyKey'"],
    ['workers=null', "missing property 'workers'"],
    ['nameOverride=Helium_1', '/nameOverride'],
    ['image.pullSecrets[0].nome=A', "'nome' not allowed"],
    ['redis.url=redis://x,redis.existingSecret=y', 'redis.url and redis.existingSecret'],
    [
      'workers.abcdefghijklmnopqrstuvwxyz-12345.replicas=1,workers.abcdefghijklmnopqrstuvwxyz-12345.engine=sim,fullnameOverride=a-name-of-thirty-characters-xx',
      '70 characters, 52 at most',
    ],
  ])('refuses --set %s and names the value', (set, named) => {
    const { status, text } = template('--set', set);
    expect(status).not.toBe(0);
    expect(text).toContain(named);
  });

  it('makes names that Kubernetes takes of the longest name and of one with a dot', () => {
    for (const release of ['a'.repeat(53), 'my.release']) {
      const { stdout, text } = helm('template', release, CHART, '--kube-version', KUBERNETES);
      expect(text).not.toMatch(/^Error/m);
      const names = parseAllDocuments(stdout).flatMap((each) => each.toJS()?.metadata.name ?? []);
      expect(names).toHaveLength(12);
      for (const name of names) expect(name).toMatch(/^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/);
    }
  });

  it('spreads the pods of a pool, and the coordinator, as the values say', () => {
    const rule = (at: string, i: number, more = '') =>
      ['maxSkew=1', 'topologyKey=zone', 'whenUnsatisfiable=DoNotSchedule', more]
        .filter(Boolean)
        .map((set) => `${at}.topologySpreadConstraints[${i}].${set}`)
        .join(',');
    const manifests = render(
      rule('workers.default', 0),
      rule('workers.default', 1, 'labelSelector.matchLabels.a=b'),
      rule('coordinator', 0),
    );
    const constraintsOf = (kind: string, name: string) =>
      find(manifests, kind, name)?.spec.template.spec.topologySpreadConstraints;
    const common = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    const own = { 'app.kubernetes.io/name': 'helium', 'app.kubernetes.io/instance': 'r' };
    const of = (matchLabels: object) => ({ ...common, labelSelector: { matchLabels } });
    expect(constraintsOf('StatefulSet', 'r-helium-worker-default')).toEqual([
      of({ ...own, 'helium.dev/pool': 'default' }),
      of({ a: 'b' }),
    ]);
    expect(constraintsOf('Deployment', 'r-helium-coordinator')).toEqual([
      of({ ...own, 'app.kubernetes.io/component': 'coordinator' }),
    ]);
    expect(render().some(({ spec }) => spec?.template?.spec.topologySpreadConstraints)).toBe(false);
  });

  it('has Prometheus read its pods, and alerts on metrics that there are, where that is asked for', () => {
    expect(render().map(({ kind }) => kind)).not.toContain('PodMonitor');
    const manifests = render(
      'metrics.podMonitor.enabled=true,metrics.podMonitor.labels.release=p,metrics.podMonitor.interval=30s',
      'metrics.rules.enabled=true,metrics.rules.labels.release=q',
    );
    const monitor = find(manifests, 'PodMonitor', 'r-helium');
    expect(monitor?.metadata).toMatchObject({ labels: { release: 'p' } });
    expect(monitor?.spec.podMetricsEndpoints).toEqual([{ port: 'metrics', interval: '30s' }]);
    const rules = find(manifests, 'PrometheusRule', 'r-helium');
    expect(rules?.metadata).toMatchObject({ labels: { release: 'q' } });
    const alerts: { expr: string }[] = rules?.spec.groups[0].rules;
    const named = alerts.flatMap(({ expr }) => expr.match(/helium_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(alerts.length - 1);
    expect(named.filter((name) => !(name in METRICS))).toEqual([]);
  });

  it('refuses two Redis at once', () => {
    const { status, text } = template('--set', 'redis.trial.enabled=true,redis.url=redis://x');
    expect(status).not.toBe(0);
    expect(text).toContain('choose one Redis');
  });
});
