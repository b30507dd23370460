import type { Role } from '@helium/shared/identity';

type Methods = Readonly<Record<string, readonly Role[]>>;

/**
 * Who may call what: every method of every service, a test sees to that; what is not here is refused. What a client
 * may ask tells of its own tenant alone: workers, residency and the prompt cache's counters tell what others do.
 */
const ACCESS: Readonly<Record<string, Methods>> = {
  'helium.v1.RunService': {
    CreateRun: ['client'],
    GetRun: ['client'],
    ListRuns: ['client'],
    CancelRun: ['client'],
    WatchRun: ['client'],
    ExplainRun: ['client'],
  },
  'helium.v1.ClusterService': {
    // Models, policies, rules and functions to write workflows with.
    GetCapabilities: ['client', 'operator'],
    ListWorkers: ['operator'],
    GetResidency: ['operator'],
    GetPromptCache: ['operator'],
    ClearPromptCache: ['operator'],
    WarmPrefix: ['operator'],
    DrainWorker: ['operator'],
  },
  'helium.v1.WorkerService': { Attach: ['worker'] },
  'grpc.reflection.v1.ServerReflection': {
    ServerReflectionInfo: ['client', 'operator', 'worker'],
  },
  'grpc.reflection.v1alpha.ServerReflection': {
    ServerReflectionInfo: ['client', 'operator', 'worker'],
  },
};

/** Services that everybody may call: probes have no token. */
const OPEN_SERVICES: readonly string[] = ['grpc.health.v1.Health'];

/** Whether `path`, "/service/method", needs no token. */
export function isOpen(path: string): boolean {
  return OPEN_SERVICES.includes(path.split('/')[1] ?? '');
}

/** The roles that may call `path`, "/service/method". */
export function rolesFor(path: string): readonly Role[] {
  const [, service = '', method = ''] = path.split('/');
  const methods = Object.hasOwn(ACCESS, service) ? ACCESS[service] : undefined;
  return methods !== undefined && Object.hasOwn(methods, method) ? (methods[method] ?? []) : [];
}
