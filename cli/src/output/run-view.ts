import type { RunEvent } from '@helium/client';

/** How far a run is, gathered from its events; what both views draw. */
export interface RunProgress {
  /** Calls that a worker will run or has run, by operator, in plan order. */
  readonly operators: Map<string, { total: number; done: number; running: number }>;
  readonly workers: Map<
    string,
    { running: number; finished: number; prompt: number; reused: number; output: number }
  >;
  total: number;
  done: number;
}

export function createProgress(): RunProgress {
  return { operators: new Map(), workers: new Map(), total: 0, done: 0 };
}

/** Takes one event into the progress. */
export function applyEvent(progress: RunProgress, event: RunEvent): void {
  if (event.kind === 'planned') {
    for (const { operator, kind, calls, cached } of event.operators) {
      if (kind !== 'llm' || calls === cached) continue;
      progress.operators.set(operator, { total: calls - cached, done: 0, running: 0 });
      progress.total += calls - cached;
    }
  } else if (event.kind === 'callStarted') {
    const operator = progress.operators.get(event.operator);
    if (operator) operator.running++;
    workerOf(progress, event.worker).running++;
  } else if (event.kind === 'callFinished') {
    finishCall(progress, event);
  }
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
