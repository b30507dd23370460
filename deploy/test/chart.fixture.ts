import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';

/** Folder of the chart. */
export const CHART = fileURLToPath(new URL('../helm/helium', import.meta.url));
/** Named, since helm takes it from its own build otherwise. */
export const KUBERNETES = '1.33.0';
/** The helm that the tests use; undefined where there is none. */
export const HELM = findHelm();

/** `npm test` installs helm with Go where there is Go, and says so where there is none. */
function findHelm(): string | undefined {
  const candidates = [process.env.HELIUM_HELM, join(homedir(), '.cache/helium-tools/helm'), 'helm'];
  return candidates.find((path) => {
    if (path === undefined || (path.includes('/') && !existsSync(path))) return false;
    return spawnSync(path, ['version', '--short']).status === 0;
  });
}

/** Runs helm to its end. */
export function helm(...args: string[]) {
  const result = spawnSync(HELM ?? 'helm', args, { encoding: 'utf8' });
  return { status: result.status, text: `${result.stdout}${result.stderr}`, stdout: result.stdout };
}

/** An object as Kubernetes takes it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: object };
  // Manifests are open-ended; the tests look into them by path.
  // biome-ignore lint/suspicious/noExplicitAny: open-ended data
  readonly spec: any;
}

/** Runs `helm template` as the release `r`. */
export function template(...args: string[]) {
  return helm('template', 'r', CHART, '--kube-version', KUBERNETES, ...args);
}

/** What `helm template` makes with these values, each as `--set` takes it, as the release `r`. */
export function render(...set: string[]): Manifest[] {
  const { status, stdout, text } = template(...set.flatMap((s) => ['--set', s]));
  expect(text).not.toMatch(/^Error/m);
  expect(status).toBe(0);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}

export const find = (manifests: Manifest[], kind: string, name: string) =>
  manifests.find((m) => m.kind === kind && m.metadata.name === name);

/** The pod of coordinator or default pool: its container, settings of who may come and what seals, files of Secrets. */
export function podOf(manifests: Manifest[], part: 'coordinator' | 'worker') {
  const workload =
    part === 'coordinator'
      ? find(manifests, 'Deployment', 'r-helium-coordinator')
      : find(manifests, 'StatefulSet', 'r-helium-worker-default');
  const { containers, volumes } = workload?.spec.template.spec ?? {};
  const env: { name: string; value?: string }[] = containers[0].env;
  const mounts: { name: string; mountPath: string; readOnly?: boolean }[] =
    containers[0].volumeMounts;
  return {
    container: containers[0],
    settings: Object.fromEntries(
      env
        .filter(({ name }) => /CREDENTIALS|TOKEN|TLS|HEALTH|KEY_FILE/.test(name))
        .map(({ name, value }) => [name, value]),
    ),
    /** Every file of a Secret, by its path, and where it is from. */
    files: Object.fromEntries(
      mounts.flatMap(({ name, mountPath, readOnly }) => {
        const { secret } = volumes.find((volume: { name: string }) => volume.name === name);
        if (secret === undefined) return [];
        expect([readOnly, secret.defaultMode]).toEqual([true, 0o440]);
        return secret.items.map(({ key, path }: { key: string; path: string }) => [
          `${mountPath}/${path}`,
          `${secret.secretName} ${key}`,
        ]);
      }),
    ),
  };
}
