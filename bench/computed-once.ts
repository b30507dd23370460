import { loadSettings } from '@helium/shared/config';
import { chooseExamples, type NamedExample, parseCount } from './src/batch.ts';
import { withCluster } from './src/cluster.ts';
import { openTokenizer } from './src/open-tokenizer.ts';
import { checkPrefixes, type PrefixCheck } from './src/prefix-check.ts';
import { checkRepeats, type RepeatCheck } from './src/repeat-check.ts';
import { type Finding, formatTable, parseOptions, report, runProgram } from './src/report.ts';

/**
 * Promise 2: nothing is computed twice. On one worker per example: a repeated run executes nothing, a
 * run that shares half its rows executes no call of these, and the tokens prefilled are the distinct
 * prefix tokens of the prompts.
 * usage: computed-once.ts [--examples A,B] [--rows N] [--model M] [--engine E] [--json]
 */
const options = parseOptions({
  examples: { type: 'string' },
  rows: { type: 'string', default: '2' },
  model: { type: 'string' },
  engine: { type: 'string' },
});

interface Checked {
  readonly example: string;
  readonly repeats: RepeatCheck;
  readonly prefixes: PrefixCheck;
}

await runProgram(options.json, checkAll);

async function checkAll(): Promise<Finding> {
  // Texts that went into prompts made at run time cannot be shown by outputs, so these are left out.
  const isOpen = ({ example }: NamedExample) =>
    (example.workflow.message.operators ?? []).every(
      ({ map, cond, loop }) => !(map || cond || loop),
    );
  const all = chooseExamples(options.examples);
  const chosen = all.filter(isOpen);
  for (const { name } of all) {
    if (!chosen.some((one) => one.name === name)) report(`${name}: left out, decided at run time`);
  }
  // Half of them are run again beside new ones.
  const rows = parseCount('rows', options.rows, 2);
  const { model, engine } = options;
  const { values: settings } = loadSettings({ flags: { model, engine }, environment: process.env });
  const tokenizer = await openTokenizer(settings);
  const found: Checked[] = [];
  for (const named of chosen) {
    report(named.name);
    const checked = await withCluster(
      { workers: 1, settings, examples: [named.example] },
      async (client) => {
        // First, while the worker's KV cache is empty.
        const prefixes = await checkPrefixes(client, tokenizer, named, rows);
        return { example: named.name, prefixes, repeats: await checkRepeats(client, named, rows) };
      },
    );
    found.push(checked);
  }
  return conclude(found, rows);
}

function conclude(found: readonly Checked[], rows: number): Finding {
  const faults = found.flatMap(({ example, repeats, prefixes }) =>
    [...repeats.faults, ...prefixes.faults].map((fault) => `${example}: ${fault}\n`),
  );
  const repeats = formatTable([
    ['runs: LLM calls executed', 'first', 'again', 'half shared', 'of shared rows'],
    ...found.map(({ example, repeats: { first, again, half, shared } }) => [
      `  ${example}`,
      first,
      again,
      half,
      shared,
    ]),
  ]);
  const prefixes = formatTable([
    ['tokens', 'calls', 'prompts', 'distinct', 'prefilled', 'ahead', 'ratio', 'by token'],
    ...found.map(({ example, prefixes: { calls, count, prefilled, ahead, ratio, tokenRatio } }) => [
      `  ${example}`,
      calls,
      count.prompt,
      count.distinct,
      prefilled,
      ahead,
      ratio.toFixed(4),
      tokenRatio.toFixed(4),
    ]),
  ]);
  const verdict = faults.length === 0 ? 'nothing was computed twice\n' : faults.join('');
  return {
    holds: faults.length === 0,
    text: `${repeats}\n${prefixes}\n${verdict}`,
    json: { rows, examples: found },
  };
}
