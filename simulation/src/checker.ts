import { createHash } from 'node:crypto';
import type { RunEventBody } from '@helium/coordinator';
import type { Row } from '@helium/coordinator/planning';
import type { RunId } from '@helium/shared';
import type { NaiveAnswers } from './naive-answers.ts';
import type { Kind } from './workload.ts';

interface WatchedRun {
  readonly kind: Kind;
  readonly rows: readonly Row[];
  readonly isChecked: boolean;
  readonly outputs: Map<string, string>;
  state: string;
}

/** Faults kept in words; the rest is counted. */
const FAULTS_MAX = 20;

/** Counts over all runs. */
export interface RunCounts {
  runs: number;
  succeeded: number;
  executed: number;
  merged: number;
  cached: number;
  promptTokens: number;
  prefilledTokens: number;
  prefetchedTokens: number;
  checkedRuns: number;
}

/**
 * Watches every run: it ends once, gives each output once, and the checked ones give the naive outputs of one model's
 * weights.
 * Keeps a digest over all events in the order they happened.
 */
export class Checker {
  readonly faults: string[] = [];
  faultCount = 0;
  readonly counts: RunCounts = {
    runs: 0,
    succeeded: 0,
    executed: 0,
    merged: 0,
    cached: 0,
    promptTokens: 0,
    prefilledTokens: 0,
    prefetchedTokens: 0,
    checkedRuns: 0,
  };
  readonly #naive: readonly NaiveAnswers[];
  readonly #live = new Map<RunId, WatchedRun>();
  #heardAt = 0;
  readonly #hash = createHash('sha256');

  /** By weights; at least one. */
  constructor(naive: readonly NaiveAnswers[]) {
    this.#naive = naive;
  }

  submitted(at: number, id: RunId, kind: Kind, rows: readonly Row[], isChecked: boolean): void {
    this.#heardAt = at;
    this.counts.runs++;
    this.#live.set(id, { kind, rows, isChecked, outputs: new Map(), state: 'queued' });
  }

  /** When a run was submitted or last heard of, virtual milliseconds. */
  get heardAt(): number {
    return this.#heardAt;
  }

  heard(at: number, id: RunId, body: RunEventBody): void {
    this.#heardAt = at;
    this.#hash.update(`${at} ${id} ${JSON.stringify(body)}\n`);
    const run = this.#live.get(id);
    if (run === undefined) {
      this.fault(`${id}: ${body.kind} after its end`);
      return;
    }
    if (body.kind === 'output') {
      const place = `${body.row} ${body.name}`;
      if (run.outputs.has(place)) this.fault(`${id}: output ${place} came twice`);
      run.outputs.set(place, body.text);
    }
    if (body.kind === 'finished') this.#end(id, run, body);
  }

  fault(text: string): void {
    this.faultCount++;
    if (this.faults.length < FAULTS_MAX) this.faults.push(text);
  }

  /** Nothing may be left. */
  finish(): string {
    for (const id of this.#live.keys()) this.fault(`${id}: never ended`);
    return this.#hash.digest('hex');
  }

  get liveRuns(): number {
    return this.#live.size;
  }

  #end(id: RunId, run: WatchedRun, body: Extract<RunEventBody, { kind: 'finished' }>): void {
    this.#live.delete(id);
    const { operators, tokens } = body.summary;
    this.counts.executed += operators.executed;
    this.counts.merged += operators.merged;
    this.counts.cached += operators.cached;
    this.counts.promptTokens += tokens.prompt;
    this.counts.prefilledTokens += tokens.prefilled;
    this.counts.prefetchedTokens += tokens.prefetched;
    if (body.state !== 'succeeded') {
      this.fault(`${id}: ${body.state}: ${body.error?.message}`);
      return;
    }
    this.counts.succeeded++;
    if (run.isChecked) this.#compare(id, run);
  }

  #compare(id: RunId, run: WatchedRun): void {
    this.counts.checkedRuns++;
    let fewest: string[] | undefined;
    for (const naive of this.#naive) {
      const differences = differencesOf(run, naive);
      if (differences.length < (fewest?.length ?? Number.POSITIVE_INFINITY)) fewest = differences;
      if (differences.length === 0) return;
    }
    for (const difference of fewest ?? []) this.fault(`${id}: ${difference}`);
  }
}

function differencesOf({ kind, rows, outputs }: WatchedRun, naive: NaiveAnswers): string[] {
  const differences: string[] = [];
  let count = 0;
  for (const [row, texts] of naive.outputsOf(kind, rows).entries()) {
    for (const [name, text] of Object.entries(texts)) {
      count++;
      const given = outputs.get(`${row} ${name}`);
      if (given === text) continue;
      differences.push(`output ${row} ${name} is ${given ?? 'missing'}, naive: ${text}`);
    }
  }
  if (count !== outputs.size) differences.push(`gave ${outputs.size} outputs, naive ${count}`);
  return differences;
}
