import { argumentFaults } from '../plan/function-arguments.ts';
import type { HostFunction } from './define-functions.ts';
import type { FunctionArguments } from './function-host.ts';

/** Calls a function with what it takes; throws for anything else, and what the function throws. */
export function callFunction(
  called: Pick<HostFunction, 'args' | 'run'>,
  args: FunctionArguments,
): string | Promise<string> {
  const faults = called.args && argumentFaults(called.args, new Map(Object.entries(args)));
  if (faults?.length) throw new Error(faults.map(({ message }) => message).join('; '));
  return called.run(args);
}
