import { formatError, HeliumError } from '@helium/shared';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addBenchCommands } from './commands/bench.ts';
import { addClusterCommands } from './commands/cluster.ts';
import { addConfigCommand } from './commands/config.ts';
import { addExamplesCommand } from './commands/examples.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addModelCommands } from './commands/model.ts';
import { addRunCommand } from './commands/run.ts';
import { addTokenCommand } from './commands/token.ts';
import { endWithReader } from './output/broken-pipe.ts';
import { exitCodeOf } from './output/exit-code.ts';

const program = new Command('helium')
  .description('Serves agentic LLM workflows the way a database serves queries.')
  .version(manifest.version, '--version', 'print the version')
  .exitOverride()
  .showSuggestionAfterError();

endWithReader();
addRunCommand(program);
addExplainCommand(program);
addExamplesCommand(program);
addClusterCommands(program);
addModelCommands(program);
addBenchCommands(program);
addTokenCommand(program);
addConfigCommand(program);

try {
  await program.parseAsync();
} catch (thrown) {
  const code = report(thrown);
  // Nothing that is still being retried keeps a command alive that has failed.
  process.stdout.write('', () => process.exit(code));
}

/** Prints the error, as JSON where the caller reads JSON; gives the exit code. */
function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return reportUsage(thrown);
  const error = HeliumError.from(thrown);
  reportJson(error);
  process.stderr.write(`${formatError(error)}\n`);
  if (error.code === 'INVARIANT_BROKEN' && error.stack !== undefined)
    process.stderr.write(`${error.stack}\n`);
  return exitCodeOf(error);
}

/** Commander has said it to people already. */
function reportUsage({ exitCode, message }: CommanderError): number {
  if (exitCode === 0) return 0;
  reportJson(new HeliumError('OPTIONS_INVALID', message.replace(/^error: /, '')));
  return 2;
}

function reportJson({ code, message, faults }: HeliumError): void {
  if (!process.argv.includes('--json')) return;
  process.stdout.write(`${JSON.stringify({ error: { code, message, faults } })}\n`);
}
