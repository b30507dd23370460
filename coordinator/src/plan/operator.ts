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
  /** The name its author gave; in a plan that is to run, the version (`modelVersion`). */
  readonly model: string;
  readonly messages: readonly MessageTemplate[];
  /** The author's guess of mean output tokens; profiles replace it once there are some. */
  readonly expectedTokens?: number;
  /** Texts for each row, above 1; absent in a plan, where each sample is an operator of its own. */
  readonly samples?: number;
}

/** What a workflow gives the LLM operators that do not say it themselves. */
export type LlmDefaults = Partial<Pick<LlmOperator, 'model' | 'sampling' | 'maxTokens'>>;

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

/** Operators of an inner scope, and the text they are there for. */
export interface Body<O> {
  readonly operators: readonly O[];
  /** Of the body, or of anything that the body may refer to. */
  readonly result: readonly Segment[];
}

/** How a text is read as a list. */
export type ListFormat =
  /** Every line that is not blank, without white space around it. */
  | 'lines'
  /** The same, without what enumerates lines: "-", "*", "•", "1.", "2)", "(3)". A line of nothing else is none. */
  | 'bullets'
  /** A JSON array, alone or fenced; what is no string stands as its JSON, its numbers as they are written. */
  | 'json';

/** A list that a text made at run time is read as. */
export interface ListSource {
  readonly text: readonly Segment[];
  readonly format: ListFormat;
  /** Items at most, as declared. */
  readonly itemsMax: number;
  /** What becomes of a longer list. */
  readonly overflow: 'fail' | 'truncate';
}

/** A `map` over a list made at run time. `O`: what bodies are made of, here and below. */
export interface EachOperator<O = Operator> {
  readonly kind: 'each';
  readonly id: OperatorId;
  readonly list: ListSource;
  readonly item: OperatorId;
  readonly body: Body<O>;
  readonly separator: string;
}

/** Whether something is true of a text. */
export interface Predicate {
  readonly text: readonly Segment[];
  readonly test: PredicateTest;
  readonly negated: boolean;
}

export type PredicateTest =
  | {
      readonly kind: 'equals' | 'contains' | 'startsWith';
      readonly value: string;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: 'nonEmpty' }
  /** A regular expression, tried by the built-in function `text.matches`. */
  | { readonly kind: 'matches'; readonly pattern: string; readonly ignoreCase: boolean }
  /** A pure installed function of the argument `text`, which says "true" or "false". */
  | { readonly kind: 'function'; readonly name: string }
  /** The text is "true" or "false" itself. Plans have this instead of the two before. */
  | { readonly kind: 'isTrue' };

/** One of two branches, by a predicate. */
export interface CondOperator<O = Operator> {
  readonly kind: 'cond';
  readonly id: OperatorId;
  readonly predicate: Predicate;
  readonly branches: Readonly<Record<Branch, Body<O>>>;
}

export type Branch = 'yes' | 'no';

/** A text that a loop carries from turn to turn. The body refers to it by its id. */
export interface LoopVariable {
  readonly id: OperatorId;
  /** Before the first turn; refers to what is outside. */
  readonly first: readonly Segment[];
  /** After a turn; refers to the body. */
  readonly next: readonly Segment[];
}

/** The body, turn after turn, until a predicate over it holds after a turn or the bound is reached. */
export interface LoopOperator<O = Operator> {
  readonly kind: 'loop';
  readonly id: OperatorId;
  readonly variables: readonly LoopVariable[];
  readonly body: Body<O>;
  readonly until: Predicate;
  /** Turns at most, as declared; ≥ 1. */
  readonly turnsMax: number;
  /** What a loop whose predicate never held yields: its last result, or the run's failure. */
  readonly atBound: 'last' | 'fail';
  /** Where a loop stands that has begun. Authors' loops have none. */
  readonly begun?: LoopProgress;
}

/** What to decide on after a turn. */
export interface LoopProgress {
  /** The loop's id as its author wrote it, with what encloses it. */
  readonly name: OperatorId;
  /** Turns done; ≥ 1. */
  readonly turns: number;
  /** The predicate and the result of the turn that ends. */
  readonly until: Predicate;
  readonly result: readonly Segment[];
}

/** Names a result of the run. `name` is unique in the workflow. */
export interface OutputOperator {
  readonly kind: 'output';
  readonly id: OperatorId;
  readonly name: string;
  readonly value: OperatorId;
}

/** Waits for a person. The place is kept in types and wire; validation refuses it by name. */
export interface WaitOperator {
  readonly kind: 'wait';
  readonly id: OperatorId;
}

export type Operator =
  | InputOperator
  | ConstantOperator
  | LlmOperator
  | FormatOperator
  | FunctionOperator
  | MapOperator
  | EachOperator
  | CondOperator
  | LoopOperator
  | WaitOperator
  | OutputOperator;

/** A workflow as its author submits it: unvalidated order, any reference. */
export interface Workflow {
  readonly name: string;
  readonly operators: readonly Operator[];
  /** Already part of the operators; kept for saying of what is wrong with them that it is here. */
  readonly defaults?: LlmDefaults;
}

/** One input row: column to text. */
export type Row = Readonly<Record<string, string>>;
