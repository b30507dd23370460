/**
 * Every metric's name, kind, unit and meaning. Names are chosen once: dashboards depend on them.
 * Counters end in `_total`; units are base units and part of the name. `docs/reference/metrics.md`
 * is generated from this table. `labels` have few values each; none comes from a client.
 */
export const METRICS = {
  // The coordinator.
  helium_runs_total: counter('{run}', 'Runs that ended, by state.', ['state']),
  helium_runs_active: gauge('{run}', 'Runs accepted and not ended.'),
  helium_run_seconds: histogram('s', 'Time from acceptance to the end of a run, by state.', [
    'state',
  ]),
  helium_plan_seconds: histogram('s', 'Time to optimize and schedule a run.'),
  helium_operators_total: counter(
    '{call}',
    'LLM calls (operator × row) by outcome: submitted, pruned, merged, cached, executed.',
    ['outcome'],
  ),
  helium_tokens_total: counter(
    '{token}',
    'Tokens of executed calls by kind: prompt, prefilled, reused, generated; and prefetched: computed ahead of calls.',
    ['kind'],
  ),
  helium_queue_age_seconds: gauge('s', 'Age of the oldest call that is ready and not dispatched.'),
  helium_queue_calls: gauge('{call}', 'Calls that are ready and not dispatched, by model.', [
    'model',
  ]),
  helium_workers: gauge('{worker}', 'Attached workers.'),
  helium_model_versions: gauge(
    '{version}',
    'Weights that attached workers have under a name of a model; more than one while workers are replaced, or mixed.',
    ['model'],
  ),
  helium_prompt_cache_lookups_total: counter(
    '{entry}',
    'Prompt-cache look-ups by result: hit, miss, rejected (authentication code did not verify).',
    ['result'],
  ),
  helium_prompt_cache_stores_total: counter('{entry}', 'Results stored in the prompt cache.'),
  helium_prompt_cache_errors_total: counter(
    '{request}',
    'Requests to the prompt cache that failed, by operation.',
    ['operation'],
  ),
  helium_prompt_cache_seconds: histogram(
    's',
    'Time of a request to the prompt cache that was answered, by operation: fetch (look-ups), store.',
    ['operation'],
  ),
  helium_prompt_cache_reachable: gauge('1', '1 while the prompt cache answers, else 0.'),
  helium_prompt_cache_slow: gauge(
    '1',
    '1 while look-ups in the prompt cache take too long, else 0.',
  ),
  helium_calls_refused_total: counter(
    '{call}',
    'Calls refused for who made them, by reason: none, malformed, unknown, expired, role.',
    ['reason'],
  ),
  helium_tls_certificate_seconds: gauge(
    's',
    "Time until the certificate of the coordinator's port ends; below 0 it has. Not there without TLS.",
  ),
  helium_tls_handshakes_failed_total: counter(
    '{connection}',
    'TLS handshakes of the port that failed, by reason: certificate, protocol, cut (before their end), slow.',
    ['reason'],
  ),
  // The worker.
  helium_worker_calls: gauge('{call}', 'Calls of this worker by state: running, queued.', [
    'state',
  ]),
  helium_worker_calls_total: counter('{call}', 'Calls that ended, by finish reason.', ['finish']),
  helium_worker_tokens_total: counter(
    '{token}',
    'Tokens of ended calls by kind: prompt, prefilled, reused, generated; and prefetched: computed ahead of calls.',
    ['kind'],
  ),
  helium_worker_draft_tokens_total: counter(
    '{token}',
    'Draft tokens (prompt lookup) that steps computed along, by result: accepted, rejected.',
    ['result'],
  ),
  helium_worker_queue_seconds: histogram('s', 'Time of a call from arrival to its first step.'),
  helium_worker_prefill_seconds: histogram('s', 'Time of a call from first step to first token.'),
  helium_worker_decode_seconds: histogram('s', 'Time of a call from first to last token.'),
  helium_residency_tokens: gauge('{token}', 'KV tokens in use.'),
  helium_residency_capacity_tokens: gauge('{token}', 'KV tokens that fit.'),
  // Both.
  helium_event_loop_delay_seconds: gauge(
    's',
    'Highest delay of the event loop since the last collection.',
  ),
} as const satisfies Record<string, MetricDescription>;

export type MetricName = keyof typeof METRICS;

/** One row of the table. `unit` is a UCUM code, as OpenTelemetry wants it. */
export interface MetricDescription {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly description: string;
  readonly labels: readonly string[];
}

/**
 * Every span attribute. `gen_ai.*` and `error.type` as in OpenTelemetry's conventions for
 * generative AI (status: development, so the names are kept in this one place); the rest is ours.
 */
export const ATTRIBUTES = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  workflowName: 'gen_ai.workflow.name',
  requestModel: 'gen_ai.request.model',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  errorType: 'error.type',
  runId: 'helium.run.id',
  rowCount: 'helium.run.row_count',
  planHash: 'helium.plan.hash',
  planSeconds: 'helium.plan.seconds',
  operatorId: 'helium.operator.id',
  callId: 'helium.call.id',
  workerId: 'helium.worker.id',
  cacheSource: 'helium.cache.source',
  operators: 'helium.operators',
  queueSeconds: 'helium.call.queue_seconds',
  prefillSeconds: 'helium.call.prefill_seconds',
  decodeSeconds: 'helium.call.decode_seconds',
} as const;

/** Span names are an operation of the conventions and its object: `chat smollm2`. */
export const OPERATIONS = { run: 'invoke_workflow', call: 'chat' } as const;

/** The name of this instrumentation, and the provider that spans name. */
export const SCOPE = 'helium';

function counter(unit: string, description: string, labels: readonly string[] = []) {
  return { kind: 'counter' as const, unit, description, labels };
}

function gauge(unit: string, description: string, labels: readonly string[] = []) {
  return { kind: 'gauge' as const, unit, description, labels };
}

function histogram(unit: string, description: string, labels: readonly string[] = []) {
  return { kind: 'histogram' as const, unit, description, labels };
}
