import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseRows, parseWorkflow, type Workflow } from '@helium/client';
import { EXAMPLES, type Example } from '@helium/examples';
import { HeliumError } from '@helium/shared';
import { readText } from './read-text.ts';

export interface LoadedWorkflow {
  readonly workflow: Workflow;
  /** Rows that come with an example; undefined for files. */
  readonly exampleRows?: (count?: number) => Promise<readonly Readonly<Record<string, string>>[]>;
  /** Modules with the functions that the workflow calls. */
  readonly functions: readonly string[];
}

/**
 * A workflow by the name of an example, or from a file: YAML, JSON, or a TypeScript or JavaScript module
 * that exports `workflow`.
 */
export async function loadWorkflow(target: string): Promise<LoadedWorkflow> {
  const example: Example | undefined = EXAMPLES[target];
  if (example !== undefined) {
    return { workflow: example.workflow, exampleRows: example.rows, functions: example.functions };
  }
  if (/\.[cm]?[jt]s$/.test(target))
    return { workflow: await importWorkflow(target), functions: [] };
  const examples = Object.keys(EXAMPLES).join(', ');
  const content = await readText(target, `no such file, and no example of that name (${examples})`);
  return { workflow: parseWorkflow(content, target), functions: [] };
}

export async function loadRows(path: string): Promise<Record<string, string>[]> {
  return parseRows(await readText(path, 'no such file'), path);
}

/** A workflow file may lie anywhere: where no folder above it has the SDK, it gets ours. */
function lendClient(): void {
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== '@helium/client') throw error;
        return { url: import.meta.resolve(specifier), shortCircuit: true };
      }
    },
  });
}

async function importWorkflow(path: string): Promise<Workflow> {
  // For what Node says of a file that is not there names us as the importer.
  await readText(path, 'no such file');
  lendClient();
  let module: { readonly workflow?: Workflow };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw cause instanceof HeliumError ? cause : loadFailure(path, cause);
  }
  if (!Array.isArray(module.workflow?.message?.operators)) {
    throw new HeliumError('FILE_INVALID', `${path}: exports no "workflow"`);
  }
  return module.workflow;
}

/** The file is its author's: what it throws is not a mistake of ours. */
function loadFailure(path: string, cause: unknown): HeliumError {
  const { name, message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
  // As Node has it: the head of a syntax error, or the first frame in a file.
  const [, head, frame] = /^(\S+:\d+)\n|file:\/\/([^\s)]+:\d+)/.exec(stack) ?? [];
  const place = head ?? frame;
  const where = place === undefined ? '' : ` (${place})`;
  const text = `${path}: cannot be loaded: ${name}: ${message}${where}`;
  return new HeliumError('FILE_INVALID', text, { cause });
}
