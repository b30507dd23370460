import { join } from 'node:path';
import { ROOT } from '../root.ts';
import { exitCode, runProgram } from '../run-program.ts';
import { checkLayers } from './check-layers.ts';
import { docsReference } from './docs-reference.ts';
import { tidy } from './tidy.ts';

const CHECKS: readonly { readonly name: string; run(): number }[] = [
  {
    name: 'format and lint',
    run: () => exitCode(runProgram('biome', ['check', '--error-on-warnings', '.'], ROOT)),
  },
  {
    name: 'types',
    run: () => exitCode(runProgram('tsc', ['--noEmit', '-p', 'tsconfig.json'], ROOT)),
  },
  { name: 'layers', run: checkLayers },
  { name: 'sizes and words', run: tidy },
  { name: 'reference docs', run: () => docsReference(['--check']) },
  { name: 'wire', run: () => exitCode(runProgram('buf', ['lint'], join(ROOT, 'proto'))) },
];

/** Checks the tree without running a test: format, lint, types, layers, sizes, wire. Ends with the first that fails. */
export function check(): number {
  for (const { name, run } of CHECKS) {
    console.error(`check: ${name}`);
    const status = run();
    if (status === 0) continue;
    console.error(`check failed: ${name}`);
    return status;
  }
  return 0;
}
