import type { wire } from '@helium/proto';

/**
 * A workflow ready to run: immutable, with the names of its columns and outputs in its type. The same
 * value comes from the DSL and from YAML.
 */
export interface Workflow<Input extends string = string, Output extends string = string> {
  readonly name: string;
  /** Columns that every row must have. */
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** As it travels. */
  readonly message: wire.Workflow;
}

/** One input row of a workflow. */
export type RowOf<W> =
  W extends Workflow<infer Input, string> ? Readonly<Record<Input, string>> : never;
