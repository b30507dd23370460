import { randomUUID } from 'node:crypto';
import type { wire } from '@helium/proto';
import { HeliumError, type RunSummary } from '@helium/shared';
import type { Workflow } from '../dsl/workflow.ts';
import { proto } from '../libraries.ts';
import type {
  Capabilities,
  PromptCacheStatistics,
  ResidencyRecord,
  WarmedWorker,
  WorkerRecord,
} from './cluster-records.ts';
import { type CallOptions, type ClientOptions, Connection } from './connection.ts';
import {
  decodeCapabilities,
  decodePromptCache,
  decodeResidency,
  decodeWarmedWorker,
  decodeWorker,
} from './decode-cluster.ts';
import { decodeCount } from './decode-count.ts';
import { decodeRun, decodeSummary, runIdOf } from './decode-run.ts';
import { RunHandle } from './run-handle.ts';
import type { RunRecord } from './run-record.ts';
import { type RunOptions, runRequest } from './run-request.ts';

/** What planning would do: chapters of monospaced text, and the counts. */
export interface Explanation {
  readonly sections: readonly { readonly title: string; readonly text: string }[];
  readonly summary: RunSummary;
}

/** In which the coordinator answers WarmPrefix. */
const WARM_MS = 60_000;

/** A connection to a coordinator. Errors are HeliumErrors with the coordinator's code. */
export class HeliumClient {
  readonly #connection: Connection;

  /** `address`: host:port. Connects with the first call. Throws CONFIG_INVALID for an address that is none. */
  constructor(address: string, options: ClientOptions = {}) {
    this.#connection = new Connection(address, options);
  }

  /** Resolves once the run is accepted; follow it through the handle. */
  async run<Input extends string, Output extends string>(
    workflow: Workflow<Input, Output>,
    rows: readonly Readonly<Record<Input, string>>[],
    options: RunOptions = {},
  ): Promise<RunHandle<Output>> {
    const requestId = options.requestId ?? randomUUID();
    const run = await this.#create({ requestId, ...runRequest(workflow, rows, options) }, options);
    return this.follow<Output>(runIdOf(run.name));
  }

  /**
   * Throws every fault for which `run` would be refused; creates nothing. Models need not be served. Throws
   * PROTOCOL_INCOMPATIBLE where the coordinator is too old to check: it creates a run, which is cancelled.
   */
  async check<Input extends string>(
    workflow: Workflow<Input>,
    rows: readonly Readonly<Record<Input, string>>[],
    options: Omit<RunOptions, 'requestId'> = {},
  ): Promise<void> {
    // However often it is repeated, an old coordinator creates one.
    const requestId = randomUUID();
    const request = { requestId, ...runRequest(workflow, rows, options), validateOnly: true };
    const { name } = await this.#create(request, options);
    if (name === '') return;
    const id = runIdOf(name);
    await this.cancelRun(id, 'it was to be checked only');
    const message = `the coordinator knows no validate_only: it created run "${id}", which is cancelled`;
    throw new HeliumError('PROTOCOL_INCOMPATIBLE', message, { details: { run: id } });
  }

  /** A handle of a run that exists already. */
  follow<Output extends string = string>(id: string): RunHandle<Output> {
    return new RunHandle<Output>(id, this.#connection, {
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
    const { full = false, ...how } = options;
    const request = { ...runRequest(workflow, rows, how), full };
    const answer = await this.#connection.unary<wire.Explanation__Output>(
      (o, done) => this.#connection.runs.explainRun(request, o, done),
      options,
      { sizeOf: () => proto().RunService.service.ExplainRun.requestSerialize(request).length },
    );
    const sections = answer.sections.map(({ title, text }) => ({ title, text }));
    return { sections, summary: decodeSummary(answer.summary) };
  }

  /** Throws RUN_UNKNOWN. */
  async getRun(id: string, options: CallOptions = {}): Promise<RunRecord> {
    const run = await this.#connection.unary<wire.Run__Output>(
      (o, done) => this.#connection.runs.getRun({ name: `runs/${id}` }, o, done),
      options,
    );
    return decodeRun(run);
  }

  /** Ends the run as cancelled, unless it has ended. Throws RUN_UNKNOWN. */
  async cancelRun(id: string, reason: string): Promise<RunRecord> {
    const request = { name: `runs/${id}`, reason };
    return decodeRun(
      await this.#connection.unary<wire.Run__Output>((o, done) =>
        this.#connection.runs.cancelRun(request, o, done),
      ),
    );
  }

  /** Newest first, all pages. */
  async *listRuns(): AsyncGenerator<RunRecord> {
    let pageToken = '';
    do {
      const request = { pageToken };
      const page = await this.#connection.unary<wire.ListRunsResponse__Output>((o, done) =>
        this.#connection.runs.listRuns(request, o, done),
      );
      for (const run of page.runs) yield decodeRun(run);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  /** Those attached, each as it stands. */
  async listWorkers(): Promise<readonly WorkerRecord[]> {
    const answer = await this.#connection.unary<wire.ListWorkersResponse__Output>((o, done) =>
      this.#connection.cluster.listWorkers({}, o, done),
    );
    return answer.workers.map(decodeWorker);
  }

  /** What a worker's KV cache holds. Throws WORKER_UNKNOWN. */
  async residency(id: string): Promise<ResidencyRecord> {
    const answer = await this.#connection.unary<wire.Residency__Output>((o, done) =>
      this.#connection.cluster.getResidency({ worker: `workers/${id}` }, o, done),
    );
    return decodeResidency(answer);
  }

  /**
   * The worker finishes what it has and detaches. Answers at once; to drain twice changes nothing. Throws
   * WORKER_UNKNOWN.
   */
  async drainWorker(id: string): Promise<WorkerRecord> {
    const answer = await this.#connection.unary<wire.Worker__Output>((o, done) =>
      this.#connection.cluster.drainWorker({ worker: `workers/${id}` }, o, done),
    );
    return decodeWorker(answer);
  }

  /**
   * Computes the KV of a system message on all ready workers of a model, before calls need it; resolves when it is
   * resident, after 60 s with what is. `pin` keeps it until a worker detaches or memory runs short. Gives what each
   * worker that was ready did. Throws MODEL_NOT_SERVED.
   */
  async warmPrefix(
    system: string,
    options: { readonly model?: string; readonly pin?: boolean } = {},
  ): Promise<readonly WarmedWorker[]> {
    const request = { system, model: options.model ?? '', pin: options.pin ?? false };
    const answer = await this.#connection.unary<wire.WarmPrefixResponse__Output>(
      (o, done) => this.#connection.cluster.warmPrefix(request, o, done),
      {},
      { workMs: WARM_MS },
    );
    return answer.workers.map(decodeWarmedWorker);
  }

  /** The prompt cache's counters. Reads all keys of a Redis: not to be polled often. */
  async promptCache(): Promise<PromptCacheStatistics> {
    const answer = await this.#connection.unary<wire.PromptCache__Output>((o, done) =>
      this.#connection.cluster.getPromptCache({}, o, done),
    );
    return decodePromptCache(answer);
  }

  /** Gives how many results were removed. */
  async clearPromptCache(): Promise<number> {
    const answer = await this.#connection.unary<wire.ClearPromptCacheResponse__Output>((o, done) =>
      this.#connection.cluster.clearPromptCache({}, o, done),
    );
    return decodeCount('removed', answer.removed);
  }

  /** What the coordinator offers: models, policies, rules, functions, limits. */
  async capabilities(): Promise<Capabilities> {
    const answer = await this.#connection.unary<wire.Capabilities__Output>((o, done) =>
      this.#connection.cluster.getCapabilities({}, o, done),
    );
    return decodeCapabilities(answer);
  }

  /** Ends what is going on, and the connection. `using client = new HeliumClient(…)` does it by itself. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #create(request: wire.CreateRunRequest, options: CallOptions): Promise<wire.Run__Output> {
    return this.#connection.unary(
      (o, done) => this.#connection.runs.createRun(request, o, done),
      options,
      { sizeOf: () => proto().RunService.service.CreateRun.requestSerialize(request).length },
    );
  }
}
