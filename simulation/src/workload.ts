import {
  DecodeFaults,
  decodeWorkflow,
  type Row,
  type Workflow,
} from '@helium/coordinator/planning';
import { EXAMPLES } from '@helium/examples';
import { RunService } from '@helium/proto';
import type { Prng } from '@helium/shared';
import type { Functions } from './memory-parts.ts';

/** A workflow of the paper with rows to draw from. */
export interface Kind {
  readonly name: string;
  readonly workflow: Workflow;
  readonly rows: readonly Row[];
  /** LLM calls of a row as written. */
  readonly callsPerRow: number;
}

/** What is submitted, and when: milliseconds. */
export interface Arrival {
  readonly at: number;
  readonly kind: Kind;
  readonly rows: readonly Row[];
}

export interface WorkloadOptions {
  /** Calls to be submitted, as written in the workflows. */
  readonly calls: number;
  readonly durationMs: number;
  /** Rows of a run at most; their number is drawn evenly. */
  readonly rowsMax: number;
  /** Distinct variants of each real row; those of small number are drawn more often. */
  readonly variants: number;
}

/** The paper's workflows with their real rows, as they come over the wire. */
export async function loadKinds(names: readonly string[] = Object.keys(EXAMPLES)): Promise<Kind[]> {
  return Promise.all(
    names.map(async (name) => {
      const example = EXAMPLES[name]!;
      const workflow = throughTheWire(example.workflow.message);
      const callsPerRow = workflow.operators.filter(({ kind }) => kind === 'llm').length;
      return { name, workflow, rows: await example.rows(100), callsPerRow };
    }),
  );
}

export async function loadFunctions(): Promise<Functions> {
  const modules = Object.values(EXAMPLES).flatMap((example) => example.functions);
  const loaded = await Promise.all(
    [...new Set(modules)].map((path) => import(path) as Promise<{ functions: Functions }>),
  );
  return Object.assign({}, ...loaded.map(({ functions }) => functions));
}

/** A Poisson process of runs: gaps are exponential, workflows, rows and their variants drawn. */
export function* arrivals(
  kinds: readonly Kind[],
  options: WorkloadOptions,
  random: Prng,
): Generator<Arrival> {
  const { calls, durationMs, rowsMax } = options;
  const meanCalls =
    ((1 + rowsMax) / 2) * (kinds.reduce((sum, kind) => sum + kind.callsPerRow, 0) / kinds.length);
  const gapMs = (durationMs * meanCalls) / calls;
  let at = 0;
  for (let submitted = 0; submitted < calls; ) {
    at += -Math.log(1 - random()) * gapMs;
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const count = 1 + Math.floor(random() * rowsMax);
    const rows = Array.from({ length: count }, () => drawRow(kind, options.variants, random));
    submitted += count * kind.callsPerRow;
    yield { at, kind, rows };
  }
}

function drawRow({ rows }: Kind, variants: number, random: Prng): Row {
  const row = rows[Math.floor(random() * rows.length)]!;
  const variant = Math.floor(variants * random() ** 2);
  return variant === 0 ? row : varyRow(row, variant);
}

/** Another row of the same kind: every column but series of numbers says which. */
function varyRow(row: Row, variant: number): Row {
  const entries = Object.entries(row).map(([column, text]) =>
    /^[\d\s.]+$/.test(text) ? [column, text] : [column, `${text} (case ${variant})`],
  );
  return Object.fromEntries(entries) as Row;
}

function throughTheWire(message: Parameters<typeof decodeWorkflow>[0] | object): Workflow {
  const { requestSerialize, requestDeserialize } = RunService.service.CreateRun;
  const bytes = requestSerialize({ workflow: message } as never);
  const faults = new DecodeFaults();
  const workflow = decodeWorkflow(requestDeserialize(bytes).workflow, faults);
  faults.throwIfAny('WORKFLOW_INVALID', 'the example');
  return workflow;
}
