/**
 * Every setting of every program. One name each: `max-batch` is the flag `--max-batch`, the
 * variable `HELIUM_MAX_BATCH` and the key `max-batch` of the config file.
 * `docs/reference/config.md` is generated from this table.
 */
export const SETTINGS = {
  home: text(
    '',
    'Folder of all state: models, graph cache, embedded store. Empty: the XDG folders.',
  ),
  coordinator: text('', 'Address of the coordinator to use, host:port. Empty: an embedded one.'),
  listen: text(
    '127.0.0.1:7420',
    'Address the coordinator listens on, host:port; port 0 picks one.',
  ),
  workers: count(
    2,
    'Worker processes of an embedded cluster; for one by itself: how many share its machine.',
    1,
    1024,
  ),
  model: text(
    'smollm2-135m-instruct',
    'A model in the store, a GGUF file, a Hugging Face folder or a hub id.',
  ),
  'model-name': text(
    '',
    'Name calls ask for. Empty: the name in the store, else that of the file (less .gguf) or folder.',
  ),
  engine: choice('onnx', ['onnx', 'sim'], 'What computes tokens in a worker.'),
  precision: choice(
    'fast',
    ['fast', 'exact'],
    'How the onnx engine computes layers; fast: int8, exact: float32, slower. Each has its own cache.',
  ),
  device: choice(
    'cpu',
    ['cpu', 'cuda', 'webgpu', 'coreml', 'directml'],
    'What the onnx engine computes on, where onnxruntime offers it; all but cpu need precision exact.',
  ),
  'prompt-lookup': choice(
    'on',
    ['on', 'off'],
    'Whether the onnx engine drafts tokens from how a text went on before and computes them along; changes no output.',
  ),
  'stacked-queries': choice(
    'auto',
    ['auto', 'on', 'off'],
    "Whether the onnx engine's decode steps let several queries meet keys at a time; auto: as suits the processor. Last bits depend on it: where a model's workers have processors of several makers, they need one setting.",
  ),
  threads: count(
    0,
    'Threads of an engine; 0: the cores divided by the workers of this machine.',
    0,
    1024,
  ),
  'worker-id': text('', 'Unique name of a worker. Empty: host and process number.'),
  'max-batch': count(16, 'Calls that step together in a worker at most.', 1, 4096),
  'max-calls': count(
    0,
    'Calls a worker takes at once, running and queued; 0: twice max-batch.',
    0,
    65536,
  ),
  'context-tokens': count(
    0,
    "Prompt and output tokens of a call at most; 0: the model's context.",
    0,
    1 << 24,
  ),
  'kv-mib': count(
    0,
    "Memory of a worker for KV, MiB; 0: 1024, or what the machine's memory or the container's limit leaves.",
    0,
    1 << 24,
  ),
  'sim-speed': count(
    0,
    'Simulated seconds per second of the sim engine; 0: as fast as it goes.',
    0,
    1 << 20,
  ),
  'redis-url': text(
    '',
    'Redis of the prompt cache and the run journal, redis://… Empty: the embedded store.',
  ),
  'run-journal': choice(
    'on',
    ['on', 'off'],
    'Whether runs go on after a new start of the coordinator; off: they end with it.',
  ),
  'run-journal-name': text(
    'default',
    "Which runs in Redis are this coordinator's: no two at once may have the same.",
  ),
  'cache-ttl-seconds': count(
    604_800,
    'Life of a prompt-cache entry from its last use; 0: for ever.',
    0,
    2 ** 31,
  ),
  'cache-secret': text(
    '',
    'Key of the authentication codes on cached results. Empty: made once and kept in home.',
  ),
  'storage-key-file': text(
    '',
    "File of keys, one a line, with which the runs' journal and cached results are sealed; the first seals. Empty: they lie in the clear.",
  ),
  credentials: text(
    '',
    'Files or folders of who may call the coordinator, comma-separated. Empty: everybody, as tenant default.',
  ),
  'anonymous-access': choice(
    'none',
    ['none', 'metrics', 'all'],
    'What everybody may reach on addresses beyond loopback: nothing, the metrics, or the coordinator too.',
  ),
  token: text('', 'Token shown to the coordinator. Better token-file: others may see variables.'),
  'token-file': text('', 'File of the token shown to the coordinator; read again when it changes.'),
  'plaintext-token': choice(
    'off',
    ['off', 'on'],
    'Whether a token may be sent without TLS to other machines, where those on the way can read it.',
  ),
  'tls-cert': text(
    '',
    'PEM file of the certificate: of the coordinator for its port, of others to show to it. Read again when it changes.',
  ),
  'tls-key': text('', 'PEM file of the private key of tls-cert.'),
  'tls-client-ca': text(
    '',
    'PEM file of authorities; the coordinator takes connections of certificates that they signed only. Empty: of all.',
  ),
  'tls-ca': text(
    '',
    "PEM file of who may have signed the coordinator's certificate, or `system`. Empty: it is dialled without TLS.",
  ),
  'tls-server-name': text(
    '',
    "Name the coordinator's certificate must have. Empty: the host of its address.",
  ),
  functions: text('', 'Modules with functions for `fn` operators, comma-separated paths.'),
  policy: text('', "Scheduling policy. Empty: the coordinator's default."),
  'improve-ms': count(
    1000,
    'Time on a thread for improving each schedule while its calls run, ms; 0: none.',
    0,
    600_000,
  ),
  'tenant-weights': text(
    '',
    "Tenants' weights in sharing the cluster, name=weight,…; 1 for those not named.",
  ),
  'heartbeat-ms': count(2000, 'Interval of worker heartbeats, ms.', 50, 600_000),
  'worker-timeout-ms': count(10_000, 'Silence after which a worker is lost, ms.', 100, 3_600_000),
  'message-mib-max': count(64, 'Largest gRPC message taken, MiB.', 1, 1024),
  'metrics-listen': text('', 'Address of the Prometheus endpoint, host:port. Empty: none.'),
  'metrics-credentials': text(
    '',
    'Files or folders as of credentials; those in them with the role monitor may read the metrics. Empty: everybody.',
  ),
  'health-listen': text(
    '',
    'Address of a port for probes alone, grpc.health.v1 without TLS, host:port. Empty: none.',
  ),
  'log-level': choice('info', ['debug', 'info', 'warn', 'error'], 'Least severe log line written.'),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** The values in force. */
export type Settings = { readonly [N in SettingName]: (typeof SETTINGS)[N]['default'] };

export type Setting = TextSetting | CountSetting | ChoiceSetting<string>;

interface TextSetting {
  readonly type: 'text';
  readonly default: string;
  readonly description: string;
}

interface CountSetting {
  readonly type: 'count';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly description: string;
}

interface ChoiceSetting<C extends string> {
  readonly type: 'choice';
  readonly default: C;
  readonly choices: readonly C[];
  readonly description: string;
}

function text(value: string, description: string): TextSetting {
  return { type: 'text', default: value, description };
}

function count(value: number, description: string, min: number, max: number): CountSetting {
  return { type: 'count', default: value, min, max, description };
}

function choice<const C extends string>(
  value: NoInfer<C>,
  choices: readonly C[],
  description: string,
): ChoiceSetting<C> {
  return { type: 'choice', default: value, choices, description };
}
