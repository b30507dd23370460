import type { Workflow } from '@helium/client';

/** A workflow with rows to run it on. */
export interface Example {
  readonly workflow: Workflow;
  /** One sentence. */
  readonly description: string;
  /** Real rows, the first `count` of them; a small default. */
  rows(count?: number): Promise<readonly Readonly<Record<string, string>>[]>;
  /** Paths of modules whose functions the coordinator must have. */
  readonly functions: readonly string[];
}
