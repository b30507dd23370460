import { formatProgress, openModel, resolveModel } from '@helium/model';
import { homeFolders, loadSettings } from '@helium/shared/config';
import {
  createOnnxExecutor,
  findDifferences,
  type OnnxOptions,
  randomSchedule,
  SchedulePlayer,
} from '@helium/worker/onnx';
import { parseCount } from './src/batch.ts';
import { type Finding, parseOptions, report, runProgram } from './src/report.ts';

/**
 * Exactness whatever the schedule, on a real model: random schedules of calls that begin alike, with
 * arrivals, cancellations, evictions and sampling, on engines short of memory, short of slots and
 * with one or two threads. Tokens and log probabilities of every call must be, bit for bit, those it has alone.
 * usage: any-schedule.ts [--schedules N] [--precision fast|exact] [--model M] [--json]
 */
const options = parseOptions({
  schedules: { type: 'string', default: '5' },
  precision: { type: 'string', default: 'fast' },
  model: { type: 'string' },
});

const ENGINES: readonly Partial<OnnxOptions>[] = [
  { threads: 1, maxBatch: 8, kvMib: 128 },
  { threads: 2, maxBatch: 2, kvMib: 256 },
  { threads: 2, maxBatch: 16, kvMib: 512 },
];
const CALLS = { callsMax: 8, promptTokensMax: 700, outputTokensMax: 24 };

await runProgram(options.json, compareAll);

async function compareAll(): Promise<Finding> {
  const schedules = parseCount('schedules', options.schedules);
  const flags = { model: options.model };
  const { values: settings } = loadSettings({ flags, environment: process.env });
  const { models, graphs } = homeFolders(settings);
  const path = await resolveModel(settings.model, models, (p) => report(formatProgress(p)));
  const model = openModel(path);
  const { vocab } = model.config;
  const open = (engine: Partial<OnnxOptions>) =>
    createOnnxExecutor(model, {
      threads: 2,
      precision: options.precision === 'exact' ? 'exact' : 'fast',
      maxBatch: 1,
      kvMib: 128,
      contextTokens: 0,
      graphFolder: graphs,
      ...engine,
    });
  const executors = await Promise.all([{ promptLookup: false }, ...ENGINES].map(open));
  model.close();
  const [alone, ...players] = executors.map((executor) => new SchedulePlayer(executor));
  const differences: string[] = [];
  let [calls, tokens] = [0, 0];
  for (let seed = 0; seed < schedules; seed++) {
    const schedule = randomSchedule(seed, { ...CALLS, vocab });
    const expected = await alone!.playAlone(schedule);
    calls += schedule.length;
    tokens += schedule.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
    for (const [i, player] of players.entries()) {
      const found = findDifferences(schedule, await player.play(schedule), expected);
      differences.push(...found.map((line) => `seed ${seed}, engine ${i}: ${line}`));
    }
    report(`schedule ${seed}: ${schedule.length} calls, ${differences.length} differences so far`);
  }
  for (const executor of executors) await executor.close();
  const counts = `${schedules} schedules on ${players.length} engines, ${calls} calls, ${tokens} tokens each`;
  return {
    holds: differences.length === 0,
    text: `${counts}: ${differences.length} differences\n${differences.join('\n')}\n`,
    json: { schedules, engines: players.length, calls, tokens, differences },
  };
}
