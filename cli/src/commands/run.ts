import { writeFile } from 'node:fs/promises';
import {
  type HeliumClient,
  outputsHash,
  type RunEvent,
  type RunHandle,
  type RunOptions,
  type RunSummary,
  runFailure,
} from '@helium/client';
import { type ErrorCode, HeliumError, type TokenLogprob } from '@helium/shared';
import type { Settings } from '@helium/shared/config';
import type { Command } from 'commander';
import { CLIENT_SETTINGS, say, settingsOf, withClient, withSettings } from '../context.ts';
import { numberOption } from '../number-option.ts';
import { createPlainView } from '../output/plain-view.ts';
import type { RunView } from '../output/run-view.ts';
import { describeSummary } from '../output/summary.ts';
import { createTerminalView } from '../output/terminal-view.ts';
import { type Batch, loadBatch, withBatchOptions } from '../workflow/load-batch.ts';
import { sayFileError } from '../workflow/read-text.ts';

interface RunFlags {
  readonly out?: string;
  readonly naive?: boolean;
  readonly cache: boolean;
  readonly policy?: string;
  readonly disableRule: readonly string[];
  readonly seed: string;
  readonly deadlineMs: string;
  readonly priority: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `helium run FILE|EXAMPLE`: a batch from the plan to the outputs. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run <workflow>')
    .description(
      'run a workflow over rows: a YAML, JSON or TypeScript file, or the name of an example',
    )
    .option('--out <file>', 'write the outputs as JSON Lines')
    .option('--naive', 'one call at a time, nothing merged, cached or reused')
    .option('--no-cache', 'neither read nor fill the prompt cache')
    .option('--policy <name>', 'scheduling policy')
    .option('--disable-rule <name...>', 'leave out optimizer rules', [])
    .option('--seed <number>', 'for policies that choose by chance', '0')
    .option('--deadline-ms <number>', 'fail the run after this time', '0')
    .option('--priority <number>', 'from -4 to 4: share among your own runs', '0')
    .option('--json', 'print one JSON object as the last line')
    .option('--quiet', 'show no progress');
  withBatchOptions(withSettings(command, CLIENT_SETTINGS));
  command.action(async (target: string, flags: RunFlags & Record<string, unknown>) => {
    const batch = await loadBatch(target, flags);
    const { values } = settingsOf({ ...flags, functions: batch.functionsSetting(flags.functions) });
    const options = runOptions(flags, values);
    const report = flags.quiet === true ? () => {} : say;
    // Before the work: a place that cannot be written to must not cost a run.
    if (flags.out !== undefined) await writeOut(flags.out, '');
    const done = await withClient(
      values,
      report,
      async (client, signal) =>
        execute(await client.run(batch.workflow, batch.rows, options), flags, signal),
      (client) => refuseEarly(client, batch, options),
    ).then((ended) => ({ ...ended, rows: inOrder(ended.rows, batch.workflow.outputs) }));
    if (flags.out !== undefined)
      await writeOut(flags.out, done.rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
    if (flags.json === true) printJson(done);
    else printPeople(done, batch.rows, flags);
  });
}

/** What the run would be refused for. Any other failure is the run's to tell. */
const REFUSALS: ReadonlySet<string> = new Set([
  'WORKFLOW_INVALID',
  'ROWS_INVALID',
  'TEXT_INVALID',
  'OPTIONS_INVALID',
  'FUNCTION_UNKNOWN',
] satisfies ErrorCode[]);

/** Throws what the coordinator refuses the run for. */
async function refuseEarly(
  client: HeliumClient,
  { workflow, rows }: Batch,
  options: RunOptions,
): Promise<void> {
  try {
    await client.check(workflow, rows, options);
  } catch (thrown) {
    if (thrown instanceof HeliumError && REFUSALS.has(thrown.code)) throw thrown;
  }
}

interface Done {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly summary: RunSummary;
  /** Of outputs whose operators asked for them. */
  readonly logprobs: readonly OutputLogprobs[];
}

interface OutputLogprobs {
  readonly row: number;
  readonly name: string;
  readonly tokens: readonly TokenLogprob[];
}

function runOptions(flags: RunFlags, settings: Settings): RunOptions {
  return {
    policy: flags.policy ?? settings.policy,
    naive: flags.naive ?? false,
    bypassPromptCache: !flags.cache || flags.naive === true,
    disabledRules: flags.disableRule,
    seed: numberOption('seed', flags.seed, 0),
    deadlineMs: numberOption('deadline-ms', flags.deadlineMs, 0),
    priority: priorityOf(flags.priority),
  };
}

function priorityOf(text: string): number {
  if (/^-?[0-4]$/.test(text)) return Number(text);
  throw new HeliumError('OPTIONS_INVALID', `--priority: "${text}" is not from -4 to 4`);
}

async function writeOut(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const why = sayFileError((cause as NodeJS.ErrnoException).code);
    throw new HeliumError('FILE_INVALID', `--out ${path}: cannot be written: ${why}`, { cause });
  }
}

async function execute(run: RunHandle, flags: RunFlags, signal: AbortSignal): Promise<Done> {
  const interrupted = () =>
    void run.cancel('interrupted at the terminal').catch((error) => say(String(error)));
  if (signal.aborted) interrupted();
  signal.addEventListener('abort', interrupted, { once: true });
  const view = chooseView(flags);
  try {
    return await follow(run, view);
  } finally {
    view.end();
    signal.removeEventListener('abort', interrupted);
  }
}

async function follow(run: RunHandle, view: RunView): Promise<Done> {
  const rows: Record<string, string>[] = [];
  const logprobs: OutputLogprobs[] = [];
  for await (const event of run) {
    view.event(event);
    if (event.kind === 'output') {
      const { row, name, text } = event;
      rows[row] = { ...rows[row], [name]: text };
      if (event.logprobs !== undefined) logprobs.push({ row, name, tokens: event.logprobs });
    }
    if (event.kind !== 'finished') continue;
    // Outputs come as they are done; what is printed is in row and name order, whatever the schedule was.
    logprobs.sort((a, b) => a.row - b.row || (a.name < b.name ? -1 : 1));
    return { ...finish(event, rows), logprobs };
  }
  throw runFailure({
    code: 'UNREACHABLE',
    message: `run ${run.id} ended without a terminal event`,
  });
}

/** Outputs come as they are done; what is written is in the workflow's order, whatever the schedule was. */
function inOrder(rows: Done['rows'], names: readonly string[]): Done['rows'] {
  const placeOf = (name: string) => names.indexOf(name);
  const sorted = (row: Done['rows'][number]) =>
    Object.entries(row).sort(([a], [b]) => placeOf(a) - placeOf(b));
  return rows.map((row) => Object.fromEntries(sorted(row)));
}

function finish(event: Extract<RunEvent, { kind: 'finished' }>, rows: Done['rows']) {
  if (event.error !== undefined) throw runFailure(event.error);
  return { rows, summary: event.summary };
}

function chooseView(flags: RunFlags): RunView {
  if (flags.quiet === true) return { event() {}, end() {} };
  return process.stderr.isTTY ? createTerminalView(process.stderr) : createPlainView(say);
}

function printJson({ rows, summary, logprobs }: Done): void {
  const line = {
    rows: rows.length,
    operators: summary.operators,
    tokens: summary.tokens,
    seconds: summary.seconds,
    outputs_sha256: outputsHash(rows),
    ...(logprobs.length === 0 ? {} : { logprobs }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function printPeople({ rows, summary }: Done, inputs: Batch['rows'], flags: RunFlags): void {
  if (flags.out === undefined) {
    rows.forEach((row, i) => {
      for (const [name, text] of Object.entries(row)) {
        const title = `${rowTitle(inputs[i], i)} · ${name}`;
        process.stdout.write(
          `\n── ${title} ${'─'.repeat(Math.max(0, 70 - title.length))}\n${text.trim()}\n`,
        );
      }
    });
  }
  process.stdout.write(`\n${describeSummary(summary)}\n`);
}

/** A row by its number and its short columns: "row 0 (MSFT, Mar 2010)". */
function rowTitle(input: Readonly<Record<string, string>> | undefined, row: number): string {
  const short = Object.values(input ?? {}).filter(
    (value) => value.length <= 24 && !value.includes('\n'),
  );
  return short.length === 0 ? `row ${row}` : `row ${row} (${short.slice(0, 3).join(', ')})`;
}
