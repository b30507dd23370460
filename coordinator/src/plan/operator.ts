import type { OperatorId, Role } from '@helium/shared';
import type { Decoding } from './decoding.ts';

/**
 * The operators of a workflow, as frozen data with a `kind`. Every operator yields one text per row.
 * Text with references in it is a list of segments: what is between the holes, and the holes.
 */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ref'; readonly operator: OperatorId };

/** A column of the rows. */
export interface InputOperator {
  readonly kind: 'input';
  readonly id: OperatorId;
  readonly field: string;
}

/** A literal text, the same for every row. Authors rarely write it; rules make it. */
export interface ConstantOperator {
  readonly kind: 'constant';
  readonly id: OperatorId;
  readonly text: string;
}

export interface MessageTemplate {
  readonly role: Role;
  readonly content: readonly Segment[];
}

export interface LlmOperator extends Decoding {
  readonly kind: 'llm';
  readonly id: OperatorId;
  readonly model: string;
  readonly messages: readonly MessageTemplate[];
  /** The author's guess of mean output tokens; profiles replace it once there are some. */
  readonly expectedTokens?: number;
  /** Texts for each row, above 1; absent in a plan, where each sample is an operator of its own. */
  readonly samples?: number;
}

export interface FormatOperator {
  readonly kind: 'format';
  readonly id: OperatorId;
  readonly content: readonly Segment[];
}

/** A named function that the coordinator's operator has installed. Arguments are operators' texts by name. */
export interface FunctionOperator {
  readonly kind: 'fn';
  readonly id: OperatorId;
  readonly name: string;
  /** Pure: same arguments, same text; may be merged, cached and moved. */
  readonly pure: boolean;
  readonly args: readonly { readonly name: string; readonly value: readonly Segment[] }[];
}

/**
 * The body once per item, results joined. A list known at submission is expanded before optimizing;
 * the body refers to the item by the operator id `item`.
 */
export interface MapOperator {
  readonly kind: 'map';
  readonly id: OperatorId;
  readonly items: readonly string[];
  readonly item: OperatorId;
  readonly body: readonly Operator[];
  /** The operator of the body whose text is an item's result. */
  readonly result: OperatorId;
  readonly separator: string;
}

/** Names a result of the run. `name` is unique in the workflow. */
export interface OutputOperator {
  readonly kind: 'output';
  readonly id: OperatorId;
  readonly name: string;
  readonly value: OperatorId;
}

/**
 * Their meaning depends on values that exist only while the run runs. The place is kept in types and
 * wire; validation refuses them by name until the run-time planner can expand them.
 */
export interface RuntimeOperator {
  readonly kind: 'cond' | 'loop' | 'wait';
  readonly id: OperatorId;
}

export type Operator =
  | InputOperator
  | ConstantOperator
  | LlmOperator
  | FormatOperator
  | FunctionOperator
  | MapOperator
  | OutputOperator
  | RuntimeOperator;

export type OperatorKind = Operator['kind'];

/** A workflow as its author submits it: unvalidated order, any reference. */
export interface Workflow {
  readonly name: string;
  readonly operators: readonly Operator[];
}

/** One input row: column to text. */
export type Row = Readonly<Record<string, string>>;
