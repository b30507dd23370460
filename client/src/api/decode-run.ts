import type { wire } from '@helium/proto';
import { decodeLogprobs } from '@helium/proto/token-logprobs';
import {
  type ExpansionOutcome,
  HeliumError,
  type RunError,
  type RunEvent,
  type RunEventBody,
  type RunState,
  type RunSummary,
} from '@helium/shared';
import { decodeCount } from './decode-count.ts';
import type { RunRecord } from './run-record.ts';

const STATES: Readonly<Record<string, RunState>> = {
  RUN_STATE_QUEUED: 'queued',
  RUN_STATE_RUNNING: 'running',
  RUN_STATE_SUCCEEDED: 'succeeded',
  RUN_STATE_FAILED: 'failed',
  RUN_STATE_CANCELLED: 'cancelled',
};

const SOURCES = {
  CALL_SOURCE_WORKER: 'worker',
  CALL_SOURCE_PROMPT_CACHE: 'prompt-cache',
  CALL_SOURCE_MERGED: 'merged',
} as const;

export function decodeRun(run: wire.Run__Output): RunRecord {
  return {
    id: runIdOf(run.name),
    workflowName: run.workflowName,
    state: decodeState(run.state),
    rowCount: run.rowCount,
    createdAtMs: decodeTime(run.createTime),
    ...(run.finishTime === null ? {} : { finishedAtMs: decodeTime(run.finishTime) }),
    summary: decodeSummary(run.summary),
    ...decodeError(run.error),
  };
}

/** Undefined for an event of a newer coordinator that this client does not know. */
export function decodeRunEvent(event: wire.RunEvent__Output): RunEvent | undefined {
  const body = decodeBody(event);
  if (body === undefined) return undefined;
  return { cursor: decodeCount('cursor', event.cursor), atMs: decodeTime(event.time), ...body };
}

function decodeBody(event: wire.RunEvent__Output): RunEventBody | undefined {
  switch (event.event) {
    case 'stateChanged':
      return { kind: 'stateChanged', state: decodeState(event.stateChanged?.state) };
    case 'planned': {
      const operators = event.planned?.operators ?? [];
      return { kind: 'planned', summary: decodeSummary(event.planned?.summary), operators };
    }
    case 'expanded': {
      const { operator = '', rows = [], operators = [], added } = event.expanded ?? {};
      const outcome = event.expanded ? decodeOutcome(event.expanded) : undefined;
      if (outcome === undefined) return undefined;
      const { submitted = 0, pruned = 0, merged = 0, cached = 0 } = added ?? {};
      const counts = { submitted, pruned, merged, cached };
      return { kind: 'expanded', operator, rows, outcome, operators, added: counts };
    }
    case 'callStarted':
      return event.callStarted ? { kind: 'callStarted', ...event.callStarted } : undefined;
    case 'callFinished': {
      if (!event.callFinished) return undefined;
      const { logprobs, cut, ...finished } = event.callFinished;
      const source = SOURCES[finished.source as keyof typeof SOURCES];
      if (source === undefined) return undefined;
      const told = { ...(cut ? { cut } : {}), ...decodeLogprobs(logprobs) };
      return { kind: 'callFinished', ...finished, source, ...told };
    }
    case 'delta':
      return event.delta ? { kind: 'delta', ...event.delta } : undefined;
    case 'deltasSkipped':
      return {
        kind: 'deltasSkipped',
        count: decodeCount('deltas skipped', event.deltasSkipped?.count),
      };
    case 'output': {
      if (!event.output) return undefined;
      const { logprobs, ...output } = event.output;
      return { kind: 'output', ...output, ...decodeLogprobs(logprobs) };
    }
    case 'finished': {
      const { state, summary, error } = event.finished ?? {};
      return {
        kind: 'finished',
        state: decodeState(state),
        summary: decodeSummary(summary),
        ...decodeError(error),
      };
    }
    default:
      return undefined;
  }
}

/** Undefined for what a newer coordinator says. */
function decodeOutcome(expanded: wire.OperatorExpanded__Output): ExpansionOutcome | undefined {
  const { map, cond, turn, ended } = expanded;
  switch (expanded.outcome) {
    case 'map':
      return map ? { kind: 'map', items: map.items, dropped: map.dropped } : undefined;
    case 'cond':
      return { kind: 'cond', branch: cond?.holds === true ? 'yes' : 'no' };
    case 'turn':
      return { kind: 'turn', turn: turn ?? 0 };
    case 'ended': {
      const by = ended?.holds === true ? 'until' : 'bound';
      return { kind: 'ended', turns: ended?.turns ?? 0, by };
    }
    default:
      return undefined;
  }
}

export function decodeSummary(summary: wire.RunSummary__Output | null | undefined): RunSummary {
  const { operators, tokens } = summary ?? {};
  return {
    operators: {
      submitted: operators?.submitted ?? 0,
      pruned: operators?.pruned ?? 0,
      merged: operators?.merged ?? 0,
      cached: operators?.cached ?? 0,
      executed: operators?.executed ?? 0,
    },
    tokens: {
      prompt: decodeCount('tokens: prompt', tokens?.prompt),
      prefilled: decodeCount('tokens: prefilled', tokens?.prefilled),
      reused: decodeCount('tokens: reused', tokens?.reused),
      generated: decodeCount('tokens: generated', tokens?.generated),
      prefetched: decodeCount('tokens: prefetched', tokens?.prefetched),
    },
    seconds: { plan: Number(summary?.planSeconds ?? 0), run: Number(summary?.runSeconds ?? 0) },
    cacheMissReasons: summary?.cacheMissReasons ?? {},
  };
}

function decodeState(state: string | undefined): RunState {
  const known = STATES[state ?? ''];
  if (known === undefined) {
    throw new HeliumError(
      'PROTOCOL_INCOMPATIBLE',
      `run state "${state}" is not known to this client`,
    );
  }
  return known;
}

function decodeError(error: wire.ErrorInfo__Output | null | undefined): { error?: RunError } {
  if (!error) return {};
  const { code, message, faults } = error;
  return { error: { code, message, ...(faults.length === 0 ? {} : { faults }) } };
}

/** Milliseconds since the epoch, with their fractions. */
function decodeTime(time: wire.Run__Output['createTime']): number {
  return Number(time?.seconds ?? 0) * 1000 + Number(time?.nanos ?? 0) / 1e6;
}

/** Of a run's resource name. */
export function runIdOf(name: string): string {
  return name.replace(/^runs\//, '');
}
