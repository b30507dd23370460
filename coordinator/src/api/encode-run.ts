import { encodeLogprobs, type wire } from '@helium/proto';
import { assertNever, type ExpansionOutcome } from '@helium/shared';
import type {
  Explanation,
  RunError,
  RunEvent,
  RunRecord,
  RunState,
  RunSummary,
} from '../dispatch/run-port.ts';

const RUN_STATES = {
  queued: 'RUN_STATE_QUEUED',
  running: 'RUN_STATE_RUNNING',
  succeeded: 'RUN_STATE_SUCCEEDED',
  failed: 'RUN_STATE_FAILED',
  cancelled: 'RUN_STATE_CANCELLED',
} as const satisfies Record<RunState, wire.RunState>;

const CALL_SOURCES = {
  worker: 'CALL_SOURCE_WORKER',
  'prompt-cache': 'CALL_SOURCE_PROMPT_CACHE',
  merged: 'CALL_SOURCE_MERGED',
} as const;

export function encodeRun(run: RunRecord): wire.Run {
  return {
    name: `runs/${run.id}`,
    workflowName: run.workflowName,
    state: RUN_STATES[run.state],
    rowCount: run.rowCount,
    createTime: encodeTime(run.createdAtMs),
    ...(run.finishedAtMs === undefined ? {} : { finishTime: encodeTime(run.finishedAtMs) }),
    ...(run.error === undefined ? {} : { error: encodeError(run.error) }),
    summary: encodeSummary(run.summary),
  };
}

export function encodeRunEvent(event: RunEvent): wire.RunEvent {
  return { cursor: event.cursor, time: encodeTime(event.atMs), ...encodeBody(event) };
}

export function encodeExplanation(explanation: Explanation): wire.Explanation {
  return {
    sections: explanation.sections.map(({ title, text }) => ({ title, text })),
    summary: encodeSummary(explanation.summary),
  };
}

function encodeError({ code, message, faults = [] }: RunError): wire.ErrorInfo {
  return { code, message, faults: [...faults] };
}

function encodeBody(event: RunEvent): Omit<wire.RunEvent, 'cursor' | 'time'> {
  switch (event.kind) {
    case 'stateChanged':
      return { stateChanged: { state: RUN_STATES[event.state] } };
    case 'planned': {
      const operators = event.operators.map((operator) => ({ ...operator }));
      return { planned: { summary: encodeSummary(event.summary), operators } };
    }
    case 'expanded': {
      const { operator, rows, outcome, added } = event;
      const operators = event.operators.map((each) => ({ ...each }));
      const said = { operator, rows: [...rows], ...encodeOutcome(outcome) };
      return { expanded: { ...said, operators, added: { ...added, executed: 0 } } };
    }
    case 'callStarted': {
      const { operator, rows, worker } = event;
      return { callStarted: { operator, rows: [...rows], worker } };
    }
    case 'callFinished': {
      const { operator, rows, worker, promptTokens, reusedTokens, outputTokens } = event;
      const source = CALL_SOURCES[event.source];
      const tokens = { promptTokens, reusedTokens, outputTokens };
      const told = { cut: event.cut ?? false, ...encodeLogprobs(event.logprobs) };
      return { callFinished: { operator, rows: [...rows], worker, source, ...tokens, ...told } };
    }
    case 'delta': {
      const { operator, rows, offset, text } = event;
      return { delta: { operator, rows: [...rows], offset, text } };
    }
    case 'deltasSkipped':
      return { deltasSkipped: { count: event.count } };
    case 'output': {
      const { row, name, text } = event;
      return { output: { row, name, text, ...encodeLogprobs(event.logprobs) } };
    }
    case 'finished': {
      const error = event.error === undefined ? {} : { error: encodeError(event.error) };
      const summary = encodeSummary(event.summary);
      return { finished: { state: RUN_STATES[event.state], summary, ...error } };
    }
    default:
      return assertNever(event);
  }
}

function encodeOutcome(outcome: ExpansionOutcome): wire.OperatorExpanded {
  switch (outcome.kind) {
    case 'map':
      return { map: { items: outcome.items, dropped: outcome.dropped } };
    case 'cond':
      return { cond: { holds: outcome.branch === 'yes' } };
    case 'turn':
      return { turn: outcome.turn };
    case 'ended':
      return { ended: { turns: outcome.turns, holds: outcome.by === 'until' } };
    default:
      return assertNever(outcome);
  }
}

function encodeSummary(summary: RunSummary): wire.RunSummary {
  return {
    operators: { ...summary.operators },
    tokens: { ...summary.tokens },
    planSeconds: summary.seconds.plan,
    runSeconds: summary.seconds.run,
    cacheMissReasons: { ...summary.cacheMissReasons },
  };
}

function encodeTime(ms: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
