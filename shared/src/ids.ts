/** Branded ids: the only file that makes them. They are opaque outside. */
type Branded<Name extends string> = string & { readonly __brand: Name };

export type RunId = Branded<'RunId'>;
export type WorkerId = Branded<'WorkerId'>;
/** A node of a workflow, unique in it; written by its author (`^[A-Za-z][A-Za-z0-9_.-]*$`, up to 128); brackets are the planner's own. */
export type OperatorId = Branded<'OperatorId'>;
/** One execution of an operator for one class of rows; unique in the coordinator's lifetime. */
export type CallId = Branded<'CallId'>;
export type TenantId = Branded<'TenantId'>;
/** Hex SHA-256 of weights, quantization, tokenizer and template. */
export type ModelDigest = Branded<'ModelDigest'>;

export const runId = (value: string) => value as RunId;
export const workerId = (value: string) => value as WorkerId;
export const operatorId = (value: string) => value as OperatorId;
export const callId = (value: string) => value as CallId;
export const tenantId = (value: string) => value as TenantId;
export const modelDigest = (value: string) => value as ModelDigest;
