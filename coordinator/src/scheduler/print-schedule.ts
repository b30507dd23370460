import { evaluateTokenSteps, type TokenStepReport } from './cost-model.ts';
import type { Instance, Schedule, StepTiming } from './instance.ts';
import { type InstanceIndex, indexInstance, sharedTokens } from './instance-index.ts';
import { lowerBounds } from './lower-bounds.ts';
import { flattenSchedule } from './sequences.ts';
import { simulate } from './simulation/simulate.ts';

export interface PrintScheduleOptions {
  /** What to call a call; absent: its number, operator and query. */
  readonly describeCall?: (call: number) => string;
  /** Names of the workers; absent: their numbers. */
  readonly describeWorker?: (worker: number) => string;
  /** Engine on which the schedule is played beforehand; absent: it is not. */
  readonly timing?: StepTiming;
  /** Calls shown per worker at most; the rest is counted. */
  readonly maxCalls?: number;
}

/**
 * A schedule for people: what it is expected to take and to save, then every worker's calls in
 * order with the prompt tokens each finds computed by the call before it, group by group. Lines end
 * with a newline. Throws SCHEDULE_INFEASIBLE.
 */
export function printSchedule(
  instance: Instance,
  schedule: Schedule,
  options: PrintScheduleOptions = {},
): string {
  const index = indexInstance(instance);
  const report = evaluateTokenSteps(index, schedule);
  const sequences = flattenSchedule(instance, schedule);
  const lines = headline(index, report);
  if (options.timing) lines.push(playedLine(index, schedule, options.timing));
  sequences.calls.forEach((calls, worker) => {
    lines.push('', workerLine(report, calls.length, worker, options));
    for (const line of callLines(index, calls, sequences.groups[worker]!, options))
      lines.push(line);
  });
  return `${lines.join('\n')}\n`;
}

function headline(index: InstanceIndex, report: TokenStepReport): string[] {
  const { instance, callCount } = index;
  const bound = lowerBounds(index).greatest;
  const over = Math.round((100 * (report.makespan - bound)) / Math.max(1, bound));
  const reused = Math.round(100 * report.hitRate);
  return [
    `${format(callCount)} calls on ${instance.workers} worker${instance.workers === 1 ? '' : 's'}`,
    `expected end: ${format(report.makespan)} token steps, ${over} % above what no order can beat`,
    '(a token step is one token held in the KV cache for one step of the model)',
    `expected reuse: ${format(report.savedTokens)} of ${format(report.promptTokens)} prompt ` +
      `tokens (${reused} %) from the call right before`,
  ];
}

function playedLine(index: InstanceIndex, schedule: Schedule, timing: StepTiming): string {
  const { makespanSeconds, hitRate } = simulate(index, schedule, timing);
  const reused = `${Math.round(100 * hitRate)} % of prompt tokens found resident`;
  return `played on an engine that batches: ${makespanSeconds.toPrecision(3)} s, ${reused}`;
}

function workerLine(
  report: TokenStepReport,
  calls: number,
  worker: number,
  options: PrintScheduleOptions,
): string {
  const name = options.describeWorker?.(worker) ?? `worker ${worker}`;
  const end = report.workerEnd[worker]!;
  const busy = end === 0 ? 0 : Math.round((100 * report.workerBusy[worker]!) / end);
  return `${name}: ${format(calls)} calls, done at ${format(end)}, busy ${busy} %`;
}

function callLines(
  index: InstanceIndex,
  calls: readonly number[],
  groups: readonly number[],
  options: PrintScheduleOptions,
): string[] {
  const shown = calls.slice(0, options.maxCalls ?? calls.length);
  const names = shown.map((call) => describe(index, call, options));
  const width = names.reduce((widest, name) => Math.max(widest, name.length), 0);
  const lines = shown.flatMap((call, place) => {
    const isFirst = groups[place] !== groups[place - 1];
    const group = isFirst ? calls.filter((_, other) => groups[other] === groups[place]) : [];
    const previous = calls[place - 1];
    const shared = previous === undefined ? 0 : sharedTokens(index, previous, call);
    const tokens = `${format(index.promptTokens[call]!)} prompt tokens`;
    const reuse = shared > 0 ? `, ${format(shared)} reused` : '';
    const out = `about ${format(index.out[call]!)} out`;
    const line = `${names[place]!.padEnd(width)}  ${tokens}${reuse}, ${out}`;
    if (groups.at(-1) === 0) return [`  ${line}`];
    return isFirst ? [groupLine(index, group), `    ${line}`] : [`    ${line}`];
  });
  const hidden = calls.length - shown.length;
  return hidden > 0 ? [...lines, `  … ${format(hidden)} more`] : lines;
}

/** Neighbours in a group share at least what all of it shares. */
function groupLine(index: InstanceIndex, group: readonly number[]): string {
  const shared = group
    .slice(1)
    .reduce(
      (least, call, place) => Math.min(least, sharedTokens(index, group[place]!, call)),
      Number.POSITIVE_INFINITY,
    );
  if (group.length === 1) return '  alone:';
  return `  together, all ${group.length} beginning with the same ${format(shared)} tokens:`;
}

function describe(index: InstanceIndex, call: number, options: PrintScheduleOptions): string {
  const { op, query } = index.instance.calls[call]!;
  return options.describeCall?.(call) ?? `call ${call} (operator ${op}, query ${query})`;
}

function format(amount: number): string {
  return amount.toLocaleString('en-US');
}
