import { randomUUID } from 'node:crypto';
import type { ChannelCredentials, ServiceError } from '@grpc/grpc-js';
import type { ClusterServiceClient, RunServiceClient, wire } from '@helium/proto';
import { HeliumError, type RunSummary } from '@helium/shared';
import { requireCount } from '../dsl/whole-number.ts';
import type { Workflow } from '../dsl/workflow.ts';
import { grpc, proto } from '../libraries.ts';
import { fromServiceError } from './decode-error.ts';
import { decodeRun, decodeSummary } from './decode-run.ts';
import { RunHandle } from './run-handle.ts';
import type { RunRecord } from './run-record.ts';

export interface ClientOptions {
  /** TLS by `credentials.createSsl(…)`; plain text by default, for loopback. */
  readonly credentials?: ChannelCredentials;
  /** Deadline of calls that answer at once, ms. */
  readonly timeoutMs?: number;
  /** Largest message sent and taken, MiB; the coordinator has its own limit. */
  readonly messageMibMax?: number;
}

export interface RunOptions {
  readonly policy?: string;
  readonly disabledRules?: readonly string[];
  readonly bypassPromptCache?: boolean;
  /** One call at a time, nothing merged, cached or reused. */
  readonly naive?: boolean;
  readonly streamDeltas?: boolean;
  readonly seed?: number;
  readonly deadlineMs?: number;
  /** From -4 to 4: each step up is four times the share among one's own runs. */
  readonly priority?: number;
  /** UUID under which a repeated request gives the same run; made if absent. */
  readonly requestId?: string;
}

export interface Explanation {
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  readonly summary: RunSummary;
}

/** A connection to a coordinator. Errors are HeliumErrors with the coordinator's code. */
export class HeliumClient {
  readonly #runs: RunServiceClient;
  readonly #cluster: ClusterServiceClient;
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #bytesMax: number;

  constructor(address: string, options: ClientOptions = {}) {
    this.#address = address;
    const bytes = (options.messageMibMax ?? 64) * 2 ** 20;
    const { RunService, ClusterService } = proto();
    const channel = options.credentials ?? grpc().credentials.createInsecure();
    const channelOptions = {
      'grpc.max_receive_message_length': bytes,
      'grpc.max_send_message_length': bytes,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
    };
    this.#runs = new RunService(address, channel, channelOptions);
    this.#cluster = new ClusterService(address, channel, channelOptions);
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#bytesMax = bytes;
  }

  /** Accepts once the run is recorded; follow it through the handle. */
  async run<Input extends string, Output extends string>(
    workflow: Workflow<Input, Output>,
    rows: readonly Readonly<Record<Input, string>>[],
    options: RunOptions = {},
  ): Promise<RunHandle<Output>> {
    const request: wire.CreateRunRequest = {
      requestId: options.requestId ?? randomUUID(),
      ...runRequest(workflow, rows, options),
    };
    const run = await this.#unary<wire.Run__Output>(
      (o, done) => this.#runs.createRun(request, o, done),
      () => proto().RunService.service.CreateRun.requestSerialize(request).length,
    );
    return this.follow<Output>(run.name.replace(/^runs\//, ''));
  }

  /** A handle of a run that exists already. */
  follow<Output extends string = string>(id: string): RunHandle<Output> {
    return new RunHandle<Output>(id, this.#runs, {
      get: () => this.getRun(id),
      cancel: (reason) => this.cancelRun(id, reason),
    });
  }

  /** Plans without running. `full`: every operator, edge and call, instead of an outline. */
  async explain<Input extends string>(
    workflow: Workflow<Input>,
    rows: readonly Readonly<Record<Input, string>>[],
    options: RunOptions & { readonly full?: boolean } = {},
  ): Promise<Explanation> {
    const request = { ...runRequest(workflow, rows, options), full: options.full ?? false };
    const answer = await this.#unary<wire.Explanation__Output>(
      (o, done) => this.#runs.explainRun(request, o, done),
      () => proto().RunService.service.ExplainRun.requestSerialize(request).length,
    );
    return { sections: answer.sections, summary: decodeSummary(answer.summary) };
  }

  async getRun(id: string): Promise<RunRecord> {
    return decodeRun(
      await this.#unary<wire.Run__Output>((o, done) =>
        this.#runs.getRun({ name: `runs/${id}` }, o, done),
      ),
    );
  }

  async cancelRun(id: string, reason: string): Promise<RunRecord> {
    const request = { name: `runs/${id}`, reason };
    return decodeRun(
      await this.#unary<wire.Run__Output>((o, done) => this.#runs.cancelRun(request, o, done)),
    );
  }

  /** Newest first, all pages. */
  async *listRuns(): AsyncGenerator<RunRecord> {
    let pageToken = '';
    do {
      const request = { pageToken };
      const page = await this.#unary<wire.ListRunsResponse__Output>((o, done) =>
        this.#runs.listRuns(request, o, done),
      );
      for (const run of page.runs) yield decodeRun(run);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  async listWorkers(): Promise<readonly wire.Worker__Output[]> {
    const answer = await this.#unary<wire.ListWorkersResponse__Output>((o, done) =>
      this.#cluster.listWorkers({}, o, done),
    );
    return answer.workers;
  }

  /** What a worker's KV cache holds; `id` as in "workers/{id}". */
  residency(id: string): Promise<wire.Residency__Output> {
    return this.#unary((o, done) =>
      this.#cluster.getResidency({ worker: `workers/${id}` }, o, done),
    );
  }

  drainWorker(id: string): Promise<wire.Worker__Output> {
    return this.#unary((o, done) =>
      this.#cluster.drainWorker({ worker: `workers/${id}` }, o, done),
    );
  }

  warmPrefix(
    system: string,
    options: { readonly model?: string; readonly pin?: boolean } = {},
  ): Promise<wire.WarmPrefixResponse__Output> {
    const request = { system, model: options.model ?? '', pin: options.pin ?? false };
    return this.#unary((o, done) => this.#cluster.warmPrefix(request, o, done));
  }

  promptCache(): Promise<wire.PromptCache__Output> {
    return this.#unary((o, done) => this.#cluster.getPromptCache({}, o, done));
  }

  async clearPromptCache(): Promise<number> {
    const answer = await this.#unary<wire.ClearPromptCacheResponse__Output>((o, done) =>
      this.#cluster.clearPromptCache({}, o, done),
    );
    return Number(answer.removed);
  }

  capabilities(): Promise<wire.Capabilities__Output> {
    return this.#unary((o, done) => this.#cluster.getCapabilities({}, o, done));
  }

  close(): void {
    this.#runs.close();
    this.#cluster.close();
  }

  /** `sizeOf`: bytes of the request; grpc-js tells the limit only. */
  #failure(error: ServiceError | null, sizeOf?: () => number): HeliumError {
    const failure = fromServiceError(error);
    if (sizeOf !== undefined && failure.message.startsWith('Attempted to send')) {
      const message = `the request is ${sizeOf()} bytes, this client sends ${this.#bytesMax} at most (message-mib-max)`;
      return new HeliumError('MESSAGE_TOO_LARGE', message, { cause: failure });
    }
    if (failure.code !== 'UNREACHABLE') return failure;
    const why = failure.message.replace(/ Resolution note: $/, '');
    const message = `no coordinator answers at ${this.#address}: ${why}`;
    return new HeliumError('UNREACHABLE', message, { cause: failure });
  }

  #unary<T>(
    start: (
      options: { deadline: number },
      done: (error: ServiceError | null, value?: T) => void,
    ) => unknown,
    sizeOf?: () => number,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      start({ deadline: Date.now() + this.#timeoutMs }, (error, value) => {
        if (error !== null || value === undefined) reject(this.#failure(error, sizeOf));
        else resolve(value);
      });
    });
  }
}

function runRequest(
  workflow: Workflow,
  rows: readonly Readonly<Record<string, string>>[],
  options: RunOptions,
): wire.ExplainRunRequest {
  return {
    workflow: workflow.message,
    rows: rows.map((fields) => ({ fields })),
    options: {
      policy: options.policy ?? '',
      disabledRules: [...(options.disabledRules ?? [])],
      bypassPromptCache: options.bypassPromptCache ?? false,
      naive: options.naive ?? false,
      streamDeltas: options.streamDeltas ?? false,
      seed: requireCount('seed', options.seed ?? 0, 0, 'OPTIONS_INVALID'),
      deadlineMs: String(requireCount('deadlineMs', options.deadlineMs ?? 0, 0, 'OPTIONS_INVALID')),
      priority: options.priority ?? 0,
    },
  };
}
