import { HeliumError } from '@helium/shared';
import { parseJsonSchema } from '@helium/shared/json-schema';
import { type AutomatonTables, tabulate } from './automaton-tables.ts';
import { buildJsonAutomaton } from './json-automaton.ts';

/**
 * Compiles a JSON Schema. Throws OPTIONS_INVALID with all faults of one that cannot be kept to. May
 * take long, and much memory, for one that is made to: see `SchemaCompiler`.
 */
export function compileSchema(schema: string): AutomatonTables {
  const parsed = parseJsonSchema(schema);
  if ('faults' in parsed) {
    const { faults } = parsed;
    const list = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new HeliumError('OPTIONS_INVALID', `the output schema: ${list}`, { faults });
  }
  try {
    const { automaton, start } = buildJsonAutomaton(parsed.grammar);
    return tabulate(automaton, start);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    const message = `the output schema is too large, or nested too deeply: ${thrown.message}`;
    throw new HeliumError('OPTIONS_INVALID', message, { cause: thrown });
  }
}
