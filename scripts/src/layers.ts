/**
 * Who may import whom: the architecture as data. A package or room that is not named here may import
 * nothing of ours; `package/door` allows that one door of a package and not its main one.
 * `docs/decisions/0002-rooms-and-layers.md` has the reasons.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  proto: [],
  shared: [],
  model: ['shared'],
  coordinator: ['shared', 'proto'],
  worker: ['shared', 'proto', 'model'],
  client: ['shared', 'proto'],
  examples: ['client'],
  // Scheduler and tree are pure, the engine has no wire: measuring them needs no coordinator, no worker.
  cli: [
    'client',
    'examples',
    'model',
    'shared',
    'coordinator/scheduler',
    'coordinator/trt',
    'worker/engine',
    'bench/engine',
    'bench/paper',
  ],
  simulation: ['client', 'coordinator', 'examples', 'proto', 'shared', 'worker'],
  bench: ['client', 'coordinator', 'examples', 'model', 'shared', 'simulation', 'worker'],
  deploy: [],
  scripts: ['shared'],
};

/** Rooms of a package: which sibling rooms each may import; `proto` where it may see the wire. */
export const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  coordinator: {
    plan: [],
    optimizer: ['plan', 'cache/cache-key.ts'],
    trt: [],
    cluster: ['dispatch/worker-port.ts'],
    scheduler: ['trt'],
    // SQLite: transactions, and files that may be lost without harm: of the prompt cache, and of dispatch's profiles. Keys of
    // what stores keep.
    storage: [],
    cache: ['plan', 'storage'],
    journal: [
      'plan',
      'storage',
      'dispatch/run-port.ts',
      'cache/redis-connection.ts',
      'cache/redis-server.fixture.ts',
    ],
    explain: ['plan', 'optimizer', 'trt', 'scheduler'],
    functions: ['plan/function-arguments.ts'],
    dispatch: [
      'plan',
      'optimizer',
      'trt',
      'cluster',
      'scheduler',
      'cache',
      'explain',
      'functions',
      'storage',
      'journal',
    ],
    api: ['dispatch', 'plan', 'cache', 'proto'],
  },
  worker: {
    kv: ['batching/step-executor.ts'],
    batching: ['kv', 'engine/engine.ts'],
    engine: ['kv', 'batching'],
    link: ['engine/engine.ts', 'proto'],
    health: ['link'],
  },
};

/** Rooms that decide: synchronous and deterministic. */
export const PURE_ROOMS: readonly string[] = [
  'coordinator/src/plan',
  'coordinator/src/optimizer',
  'coordinator/src/trt',
  'coordinator/src/cluster',
  'coordinator/src/scheduler',
  'coordinator/src/explain',
  'coordinator/src/dispatch/core',
  'worker/src/kv',
  'worker/src/batching',
];

/** What has no place in a pure room, as patterns over code without comments. */
export const IMPURE: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /from 'node:(?!crypto')/, what: 'a node: module' },
  { pattern: /\bDate\b/, what: 'Date' },
  { pattern: /Math\.random/, what: 'Math.random' },
  { pattern: /\bperformance\.now/, what: 'performance.now' },
  { pattern: /\bset(?:Timeout|Interval|Immediate)\b/, what: 'a timer' },
  { pattern: /\basync\b|\bawait\b/, what: 'async code' },
  { pattern: /\bprocess\./, what: 'process' },
];
