import type { Command } from 'commander';
import { CLUSTER_SETTINGS, say, settingsOf, withClient, withSettings } from '../context.ts';
import { loadBatch, withBatchOptions } from '../workflow/load-batch.ts';

/** `helium explain FILE|EXAMPLE`: what running would do, without running it. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain <workflow>')
    .description(
      'show the plan after each rule, the templated radix tree, the schedule and what it saves',
    )
    .option('--naive', 'explain the naive run')
    .option('--no-cache', 'as if the prompt cache were empty')
    .option('--policy <name>', 'scheduling policy')
    .option('--disable-rule <name...>', 'leave out optimizer rules', [])
    .option('--json', 'print one JSON object');
  withBatchOptions(withSettings(command, CLUSTER_SETTINGS));
  command.action(async (target: string, flags) => {
    const batch = await loadBatch(target, flags);
    const { values } = settingsOf({ ...flags, functions: batch.functionsSetting(flags.functions) });
    const explanation = await withClient(values, say, (client) =>
      client.explain(batch.workflow, batch.rows, {
        policy: flags.policy ?? values.policy,
        naive: flags.naive ?? false,
        bypassPromptCache: flags.cache === false,
        disabledRules: flags.disableRule,
      }),
    );
    if (flags.json === true) process.stdout.write(`${JSON.stringify(explanation)}\n`);
    else
      for (const { title, text } of explanation.sections)
        process.stdout.write(`\n# ${title}\n\n${text.trimEnd()}\n`);
  });
}
