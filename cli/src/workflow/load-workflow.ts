import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseRows, parseWorkflow, type Workflow } from '@helium/client';
import { EXAMPLES, type Example } from '@helium/examples';
import { HeliumError } from '@helium/shared';

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

async function importWorkflow(path: string): Promise<Workflow> {
  const module: { workflow?: Workflow } = await import(pathToFileURL(resolve(path)).href);
  if (module.workflow?.message === undefined) {
    throw new HeliumError('FILE_INVALID', `${path}: exports no "workflow"`);
  }
  return module.workflow;
}

async function readText(path: string, absence: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const hint = code === 'ENOENT' ? absence : `cannot be read: ${code}`;
    throw new HeliumError('FILE_INVALID', `${path}: ${hint}`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HeliumError('TEXT_INVALID', `${path}: is not valid UTF-8`, { cause });
  }
}
