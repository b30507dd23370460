import { improveSchedule, requirePolicy, type Schedule } from '@helium/coordinator/scheduler';
import { say } from '../context.ts';
import { table } from '../output/table.ts';
import {
  type InstanceFile,
  makeScheduleFolder,
  naming,
  readInstances,
  readScheduleFile,
  scheduleFile,
  writeScheduleFile,
} from './instance-files.ts';
import { peakMemoryMib, resetPeakMemory } from './peak-memory.ts';
import { parseBudget, parseMachine, parseSeed, parseStepSeconds } from './schedule-options.ts';
import { type Evaluation, evaluate } from './schedule-report.ts';

export interface ScheduleBenchFlags {
  readonly instances: string;
  readonly schedules: string;
  readonly policy?: string;
  readonly machine: string;
  readonly stepSeconds?: string;
  readonly budget: string;
  readonly seed: string;
  readonly evaluate?: boolean;
  readonly json?: boolean;
}

interface Planned {
  readonly schedule: Schedule;
  /** From the instance in memory to the finished schedule; 0 where it was read from a file. */
  readonly planning_s: number;
  /** Processor time of the same, user and system, all threads of the process: others' work is not in it. */
  readonly planning_cpu_s: number;
  /** Of these until a first schedule was there. */
  readonly first_schedule_s: number;
  /** Work units of improvement: what makes two runs the same. */
  readonly work: number;
}

interface Row extends Evaluation, Omit<Planned, 'schedule'> {
  readonly instance: string;
  readonly calls: number;
  readonly workers: number;
  readonly schedule: string;
  readonly peak_memory_mib: number;
}

/**
 * `helium bench schedule`: plans every problem of a folder, writes the schedules and prints what both
 * evaluators of the problem say of them (`docs/reference/scheduling-problem.md`).
 */
export function benchSchedules(flags: ScheduleBenchFlags): void {
  const timing = parseStepSeconds(flags.stepSeconds);
  const machine = parseMachine(flags.machine, timing);
  const { name: policy } = requirePolicy(flags.policy ?? '');
  const files = readInstances(flags.instances);
  if (flags.evaluate !== true) makeScheduleFolder(flags.schedules, flags.instances);
  const work = parseBudget(flags.budget);
  const seed = parseSeed(flags.seed);
  const plan = ({ instance }: InstanceFile, work: number): Planned => {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const since = () => (performance.now() - begun) / 1000;
    const improving = improveSchedule({ instance, policy, machine, seed }, work);
    const first_schedule_s = since();
    while (!improving.done) improving.step(work);
    const { schedule } = improving.planned();
    const planning_s = since();
    const { user, system } = process.cpuUsage(cpu);
    const planning_cpu_s = (user + system) / 1e6;
    return { schedule, planning_s, planning_cpu_s, first_schedule_s, work: improving.work };
  };
  const read = (each: InstanceFile): Planned => {
    const file = scheduleFile(flags.schedules, each);
    const schedule = readScheduleFile(file, each.instance);
    return { schedule, planning_s: 0, planning_cpu_s: 0, first_schedule_s: 0, work: 0 };
  };
  if (flags.evaluate !== true) warmUp(files, plan, work);
  const rows = files.map((each): Row => {
    const { instance } = each;
    const file = scheduleFile(flags.schedules, each);
    resetPeakMemory();
    const { schedule, ...planned } = flags.evaluate === true ? read(each) : plan(each, work);
    const peak_memory_mib = peakMemoryMib();
    const evaluation = naming(file, () => evaluate(instance, schedule, timing));
    if (flags.evaluate !== true) writeScheduleFile(file, instance, schedule);
    const { name, calls, workers } = instance;
    if (flags.json !== true) say(`${name}: ${planned.planning_s.toFixed(3)} s`);
    const sizes = { instance: name, calls: calls.length, workers, schedule: file };
    return { ...sizes, ...planned, peak_memory_mib, ...evaluation };
  });
  const head = { policy, machine: flags.machine, seed };
  print(flags.json === true ? `${JSON.stringify({ ...head, instances: rows })}\n` : tableOf(rows));
}

/** Calls planned before anything is timed, and plans of them at most. */
const WARM_UP = { calls: 6_000, plans: 100 } as const;

/**
 * Planning is timed as in a coordinator that has planned before, whose code is compiled (a process's first plan of
 * 100 calls takes ten times the tenth's processor time): the problems are planned in turn, smallest first.
 */
function warmUp(
  files: readonly InstanceFile[],
  plan: (file: InstanceFile, work: number) => Planned,
  work: number,
): void {
  const bySize = [...files].sort((a, b) => a.instance.calls.length - b.instance.calls.length);
  plan(bySize[0]!, work);
  let left = WARM_UP.calls - bySize[0]!.instance.calls.length;
  for (let i = 1; i < WARM_UP.plans; i++) {
    const file = bySize[i % bySize.length]!;
    left -= file.instance.calls.length;
    if (left < 0) return;
    plan(file, 0);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

function tableOf(rows: readonly Row[]): string {
  const head = ['instance', 'calls', 'workers', 'token steps', 'hits', 'seconds', 'hits'];
  return table(
    [...head, 'first s', 'planning s', 'peak MiB'],
    rows.map((row) => [
      row.instance,
      row.calls,
      row.workers,
      row.token_step.makespan,
      row.token_step.hit_rate.toFixed(4),
      row.simulation.makespan_s.toFixed(3),
      row.simulation.hit_rate.toFixed(4),
      row.first_schedule_s.toFixed(3),
      row.planning_s.toFixed(3),
      row.peak_memory_mib,
    ]),
  );
}
