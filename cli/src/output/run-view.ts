import type { ExpansionOutcome, RunEvent } from '@helium/client';

/** How far a run is, gathered from its events; what both views draw. */
export interface RunProgress {
  /** Calls that a worker will run or has run, by operator, in plan order. */
  readonly operators: Map<string, { total: number; done: number; running: number }>;
  readonly workers: Map<
    string,
    { running: number; finished: number; prompt: number; reused: number; output: number }
  >;
  /** Until then nothing is known of its calls. */
  isPlanned: boolean;
  total: number;
  done: number;
}

export function createProgress(): RunProgress {
  return { operators: new Map(), workers: new Map(), isPlanned: false, total: 0, done: 0 };
}

/** What became known of an operator, in words: "map over 4 items". */
export function describeOutcome(outcome: ExpansionOutcome): string {
  switch (outcome.kind) {
    case 'map': {
      const dropped =
        outcome.dropped === 0 ? '' : ` (${outcome.dropped} more DROPPED: over its max)`;
      return `map over ${outcome.items} ${outcome.items === 1 ? 'item' : 'items'}${dropped}`;
    }
    case 'cond':
      return `decided: ${outcome.branch}`;
    case 'turn':
      return `turn ${outcome.turn}`;
    case 'ended': {
      const turns = `${outcome.turns} ${outcome.turns === 1 ? 'turn' : 'turns'}`;
      return outcome.by === 'until' ? `done after ${turns}` : `ended by its bound of ${turns}`;
    }
  }
}

/** Takes one event into the progress. */
export function applyEvent(progress: RunProgress, event: RunEvent): void {
  if (event.kind === 'planned' || event.kind === 'expanded') {
    progress.isPlanned = true;
    for (const { operator, kind, calls, cached } of event.operators) {
      if (kind === 'llm' && calls > cached) expectCalls(progress, operator, calls - cached);
    }
  } else if (event.kind === 'callStarted') {
    const operator = progress.operators.get(event.operator);
    if (operator) operator.running++;
    workerOf(progress, event.worker).running++;
  } else if (event.kind === 'callFinished') {
    finishCall(progress, event);
  }
}

/** Rows expand apart and share names: their calls add up. */
function expectCalls(progress: RunProgress, id: string, calls: number): void {
  const operator = progress.operators.get(id) ?? { total: 0, done: 0, running: 0 };
  operator.total += calls;
  progress.operators.set(id, operator);
  progress.total += calls;
}

function finishCall(
  progress: RunProgress,
  event: Extract<RunEvent, { kind: 'callFinished' }>,
): void {
  const operator = progress.operators.get(event.operator);
  if (operator) {
    operator.done++;
    if (event.source === 'worker') operator.running = Math.max(0, operator.running - 1);
  }
  progress.done++;
  if (event.source !== 'worker') return;
  const worker = workerOf(progress, event.worker);
  worker.running = Math.max(0, worker.running - 1);
  worker.finished++;
  worker.prompt += event.promptTokens;
  worker.reused += event.reusedTokens;
  worker.output += event.outputTokens;
}

function workerOf(progress: RunProgress, id: string) {
  let worker = progress.workers.get(id);
  if (worker === undefined) {
    worker = { running: 0, finished: 0, prompt: 0, reused: 0, output: 0 };
    progress.workers.set(id, worker);
  }
  return worker;
}

/** Shows a run while it runs. */
export interface RunView {
  event(event: RunEvent): void;
  /** Leaves the screen as it should stay. */
  end(): void;
}
