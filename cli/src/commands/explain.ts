import type { Command } from 'commander';
import { CLIENT_SETTINGS, say, settingsOf, withClient, withSettings } from '../context.ts';
import { loadBatch, withBatchOptions } from '../workflow/load-batch.ts';

/** `helium explain FILE|EXAMPLE`: what running would do, without running it. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain <workflow>')
    .description(
      'say what a run would save and why: the plan, the rules, the radix tree, the schedule',
    )
    .option('--full', 'every operator after each rule, every edge of the tree, every call')
    .option('--naive', 'explain the naive run')
    .option('--no-cache', 'as if the prompt cache were empty')
    .option('--policy <name>', 'scheduling policy')
    .option('--disable-rule <name...>', 'leave out optimizer rules', [])
    .option('--json', 'print one JSON object');
  withBatchOptions(withSettings(command, CLIENT_SETTINGS));
  command.action(async (target: string, flags) => {
    const batch = await loadBatch(target, flags);
    const { values } = settingsOf({ ...flags, functions: batch.functionsSetting(flags.functions) });
    const explanation = await withClient(values, say, (client, signal) =>
      client.explain(batch.workflow, batch.rows, {
        policy: flags.policy ?? values.policy,
        naive: flags.naive ?? false,
        bypassPromptCache: flags.cache === false,
        disabledRules: flags.disableRule,
        full: flags.full ?? false,
        signal,
      }),
    );
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(explanation)}\n`);
      return;
    }
    for (const { title, text } of explanation.sections) {
      process.stdout.write(`\n# ${title}\n\n${text.trimEnd()}\n`);
    }
    const more = [
      flags.full !== true && 'With nothing put together or left out: --full',
      explanation.summary.operators.cached > 0 && 'As if no earlier run had happened: --no-cache',
    ];
    const hints = more.filter((hint) => hint !== false);
    if (hints.length > 0) process.stdout.write(`\n${hints.join('\n')}\n`);
  });
}
