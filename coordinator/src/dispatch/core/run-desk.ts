import { assertNever, HeliumError, type RunId } from '@helium/shared';
import { modelName, versionDigest } from '../../plan/model-version.ts';
import type { NodeAction } from '../../plan/physical-plan.ts';
import { renderArguments, renderSegments } from '../../plan/render.ts';
import type { RunState } from '../run-port.ts';
import type { AbsentVersion } from './absent-versions.ts';
import type { CacheDesk } from './cache-desk.ts';
import type { CallDesk } from './call-desk.ts';
import type { Effect, ExpandedNode, FailureCause, PlannedRun } from './core-event.ts';
import { resultOf } from './known-results.ts';
import { LiveRun, placeOf } from './live-run.ts';
import { type Beginning, PendingNodes } from './pending-nodes.ts';
import { TextRoom } from './text-room.ts';

export interface RunDeskParts {
  readonly calls: CallDesk;
  readonly cache: CacheDesk;
  readonly push: (effect: Effect) => void;
  readonly journal: () => string;
  /** The run is live from now on; steady time, ms. */
  readonly onStart: (run: LiveRun, at: number) => void;
  /** The run is live no more. */
  readonly onEnd: (run: LiveRun) => void;
  readonly limits: RunLimits;
}

/** What live runs may take; absent: the default. */
export interface RunLimits {
  /** Nodes that start in one turn at most. Default: that of `PendingNodes`. */
  readonly startsMax?: number | undefined;
  /** UTF-16 units of texts that live runs put together at most. Default: any number. */
  readonly charactersMax?: number | undefined;
  /** Whether results are to be kept for the day their runs are resumed. Default: not. */
  readonly keepsResults?: boolean | undefined;
  /** What ids of calls begin with. Default: "c". */
  readonly callPrefix?: string | undefined;
}

type Evaluation = Extract<NodeAction, { kind: 'evaluate' }>;

/** The life of runs: nodes start when their inputs are done; a run ends once, with its last event. */
export class RunDesk {
  readonly #runs = new Map<RunId, LiveRun>();
  readonly #parts: RunDeskParts;
  readonly #pending: PendingNodes;
  readonly #texts: TextRoom;
  #now = 0;
  #naive = 0;

  constructor(parts: RunDeskParts) {
    this.#parts = parts;
    const steps = {
      isLive: (run: LiveRun) => this.#isLive(run),
      begin: (next: Beginning) =>
        this.#guardNode(next.run, next.node, () => this.#start(next.run, next.node)),
      finish: (run: LiveRun, node: number, text: string) =>
        this.#guard(run, () => this.#finish(run, node, text)),
    };
    this.#pending = new PendingNodes(steps, parts.limits.startsMax);
    this.#texts = new TextRoom(parts.limits.charactersMax ?? Number.POSITIVE_INFINITY);
  }

  get now(): number {
    return this.#now;
  }

  set now(at: number) {
    this.#now = at;
  }

  get live(): Iterable<LiveRun> {
    return this.#runs.values();
  }

  /** No run is live, and nothing is to come of those that were. */
  get isIdle(): boolean {
    return this.#runs.size === 0 && !this.#pending.awaitsTurn;
  }

  get size(): number {
    return this.#runs.size;
  }

  find(id: RunId): LiveRun | undefined {
    return this.#runs.get(id);
  }

  /** Naive runs that are live. */
  get naiveCount(): number {
    return this.#naive;
  }

  accept(planned: PlannedRun): void {
    const run = new LiveRun(planned);
    this.#runs.set(run.id, run);
    if (run.isNaive) this.#naive += 1;
    this.#parts.onStart(run, this.#now);
    this.#parts.push({
      kind: 'emit',
      run: run.id,
      body: { kind: 'stateChanged', state: 'running' },
    });
    run.nodes.forEach((state, node) => {
      if (state.missing === 0) this.#pending.add({ kind: 'start', run, node });
    });
    if (run.remaining === 0) this.#end(run, 'succeeded');
  }

  /** Ends a live run; one that is not live is left alone. */
  fail(run: LiveRun, cause: FailureCause): void {
    this.#end(run, 'failed', cause);
  }

  cancel(id: RunId, reason: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    this.#end(run, 'cancelled', { code: 'RUN_CANCELLED', message: reason });
  }

  nodeDone(run: LiveRun, node: number, text: string): void {
    this.#pending.add({ kind: 'done', run, node, text });
  }

  functionDone(id: RunId, node: number, text: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    this.#guardNode(run, node, () => this.#texts.take(id, text.length));
    if (!this.#isLive(run)) return;
    this.#keepResult(run, node, text);
    this.#parts.cache.store([{ run, node }], text);
    this.nodeDone(run, node, text);
  }

  /** What a pure function gave back it gives again. */
  #keepResult(run: LiveRun, node: number, text: string): void {
    const { action } = run.node(node);
    if (this.#parts.limits.keepsResults !== true || action.kind !== 'evaluate') return;
    if (action.operator.kind !== 'fn' || action.operator.pure) return;
    const result = resultOf({ run, node }, { text, source: 'function' });
    this.#parts.push({ kind: 'keepResult', run: run.id, result });
  }

  /** What the node became is planned; its text is to be that of one of them. */
  nodeExpanded(id: RunId, node: number, expanded: ExpandedNode): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    this.#guard(run, () => {
      for (const added of run.expand(node, expanded)) {
        this.#pending.add({ kind: 'start', run, node: added });
      }
      const { operator, rows } = run.node(node);
      const { outcome, operators, counts } = expanded;
      const body = { kind: 'expanded', operator, rows, outcome, operators, added: counts } as const;
      this.#parts.push({ kind: 'emit', run: id, body });
    });
  }

  /** Whether nodes that a run got need places in the schedule. */
  needsPlaces(id: RunId, { nodes }: ExpandedNode): boolean {
    const run = this.#runs.get(id);
    if (run === undefined || run.isNaive) return false;
    return nodes.some(({ action }) => action.kind === 'call');
  }

  nodeFailed(id: RunId, node: number, cause: FailureCause): void {
    const run = this.#runs.get(id);
    if (run !== undefined) this.#failAt(run, node, cause);
  }

  /** Fails the runs of which a call waits for this version of a model: it is not to be expected any more. */
  failWaitingFor({ version, served }: AbsentVersion, waitedMs: number): void {
    for (const run of [...this.#runs.values()]) {
      const node = run.models.includes(version) ? run.callWaitingFor(version) : undefined;
      if (node === undefined) continue;
      const message =
        `model "${modelName(version)}" was planned with digest ${versionDigest(version)}, which nobody has served ` +
        `for ${waitedMs} ms; served now: ${served.join(', ')}; submit the run again`;
      this.#failAt(run, node, { code: 'MODEL_MISMATCH', message });
    }
  }

  /** Runs whose time is over. */
  checkDeadlines(): void {
    for (const run of [...this.#runs.values()]) {
      const { options, acceptedAt } = run.planned;
      if (options.deadlineMs === 0 || this.#now < acceptedAt + options.deadlineMs) continue;
      const message = `the run was not done ${options.deadlineMs} ms after it was accepted`;
      this.#end(run, 'failed', { code: 'DEADLINE_PASSED', message });
    }
  }

  /** The event loop turned: what waited for it is pending. */
  takeTurn(): void {
    this.#pending.takeTurn();
  }

  /** Does what is pending, as much as a turn of the event loop is to hold. */
  settle(): void {
    if (this.#pending.settle()) this.#parts.push({ kind: 'requestTurn' });
  }

  #start(run: LiveRun, node: number): void {
    run.start(node);
    const { action } = run.node(node);
    switch (action.kind) {
      case 'value':
        this.#texts.take(run.id, action.text.length);
        this.nodeDone(run, node, action.text);
        break;
      case 'evaluate':
        this.#evaluate(run, node, action);
        break;
      case 'call':
        this.#parts.calls.open(run, node, action.operator);
        break;
      case 'expand': {
        const texts = new Map(
          [...action.bindings].map(([id, input]) => [id, run.state(input).text ?? '']),
        );
        this.#parts.push({ kind: 'expandNode', run: run.id, node, texts });
        break;
      }
      default:
        assertNever(action);
    }
  }

  #evaluate(run: LiveRun, node: number, { operator, bindings }: Evaluation): void {
    const textOf = (input: number) => run.state(input).text;
    if (operator.kind === 'format') {
      const text = renderSegments(operator.content, bindings, textOf);
      this.#texts.take(run.id, text.length);
      this.nodeDone(run, node, text);
      return;
    }
    const known = run.known(node);
    if (known !== undefined) {
      this.#texts.take(run.id, known.text.length);
      this.nodeDone(run, node, known.text);
      return;
    }
    const args = renderArguments(operator, bindings, textOf);
    this.#parts.push({ kind: 'runFunction', run: run.id, node, name: operator.name, args });
  }

  #finish(run: LiveRun, node: number, text: string): void {
    for (const dependent of run.finish(node, text)) {
      this.#pending.add({ kind: 'start', run, node: dependent });
    }
    const { resolves } = run.state(node);
    if (resolves !== undefined) this.nodeDone(run, resolves, text);
    if (run.node(node).action.kind === 'expand') this.#parts.cache.store([{ run, node }], text);
    for (const { row, name } of run.outputs[node] ?? []) {
      const { logprobs } = run.state(node);
      const told = logprobs === undefined ? {} : { logprobs };
      const body = { kind: 'output', row, name, text, ...told } as const;
      this.#parts.push({ kind: 'emit', run: run.id, body });
    }
    if (run.remaining === 0) this.#end(run, 'succeeded');
  }

  #end(run: LiveRun, state: RunState, error?: FailureCause): void {
    if (!this.#isLive(run)) return;
    this.#runs.delete(run.id);
    this.#texts.giveBack(run.id);
    this.#pending.leave(run);
    if (run.isNaive) this.#naive -= 1;
    this.#parts.onEnd(run);
    this.#parts.calls.leave(run);
    const summary = run.summary(this.#now);
    const ended = { kind: 'finished', state, summary } as const;
    const body = error === undefined ? ended : { ...ended, error };
    this.#parts.push({ kind: 'emit', run: run.id, body });
  }

  #guardNode(run: LiveRun, node: number, action: () => void): void {
    this.#guard(run, action, (cause) => this.#failAt(run, node, cause));
  }

  /** A fault fails this run and no other; a broken invariant also leaves a journal to replay. */
  #guard(
    run: LiveRun,
    action: () => void,
    fail: (cause: FailureCause) => void = (cause) => this.fail(run, cause),
  ): void {
    try {
      action();
    } catch (thrown) {
      const { code, message } = HeliumError.from(thrown);
      if (code === 'INVARIANT_BROKEN') {
        this.#parts.push({ kind: 'keepJournal', run: run.id, journal: this.#parts.journal() });
      }
      fail({ code, message });
    }
  }

  #failAt(run: LiveRun, node: number, { code, message }: FailureCause): void {
    this.fail(run, { code, message: `${placeOf(run, node)}: ${message}` });
  }

  #isLive(run: LiveRun): boolean {
    return this.#runs.get(run.id) === run;
  }
}
