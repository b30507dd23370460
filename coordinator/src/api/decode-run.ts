import type { wire } from '@helium/proto';
import { type ErrorCode, HeliumError, type RunId, runId, type TenantId } from '@helium/shared';
import {
  type CreateRun,
  type ExplainRun,
  PRIORITY_MAX,
  type RunOptions,
} from '../dispatch/run-port.ts';
import { DecodeFaults, decodeCount } from './decode-faults.ts';
import { decodeRows, decodeWorkflow } from './decode-workflow.ts';

const REQUEST_ID_CHARS_MAX = 64;

/** Throws WORKFLOW_INVALID, REQUEST_INVALID or OPTIONS_INVALID with every fault of the request. */
export function decodeCreateRun(
  sent: wire.CreateRunRequest__Output,
  tenant: TenantId,
  traceparent: string | undefined,
): CreateRun {
  const faults = new DecodeFaults();
  if (!/^[\x21-\x7e]*$/.test(sent.requestId) || sent.requestId.length > REQUEST_ID_CHARS_MAX) {
    const { requestId } = sent;
    const shown = JSON.stringify(requestId.slice(0, REQUEST_ID_CHARS_MAX));
    const taken = `up to ${REQUEST_ID_CHARS_MAX} printable ASCII characters, no spaces, such as a UUID`;
    faults.add('request_id', `${shown} (${requestId.length} characters) is not ${taken}`);
  }
  return {
    ...decodePlanned(sent, faults),
    tenant,
    requestId: sent.requestId,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** As a CreateRun that is never run. Throws WORKFLOW_INVALID or OPTIONS_INVALID with every fault of the request. */
export function decodeExplainRun(
  sent: wire.ExplainRunRequest__Output,
  tenant: TenantId,
): ExplainRun {
  return { ...decodePlanned(sent, new DecodeFaults()), tenant, requestId: '', full: sent.full };
}

function decodePlanned(
  sent: Pick<wire.ExplainRunRequest__Output, 'workflow' | 'rows' | 'options'>,
  faults: DecodeFaults,
): Pick<CreateRun, 'workflow' | 'rows' | 'options'> {
  const workflow = decodeWorkflow(sent.workflow, faults);
  const rows = decodeRows(sent.rows);
  const options = decodeOptions(sent.options, faults);
  faults.throwIfAny(codeOf(faults.fields), 'the request');
  return { workflow, rows, options };
}

/** By what is at fault: the workflow if any of it is, else the request itself, else its options alone. */
function codeOf(fields: readonly string[]): ErrorCode {
  const others = fields.filter((field) => !field.startsWith('options.'));
  if (others.length === 0) return 'OPTIONS_INVALID';
  return others.every((field) => field === 'request_id') ? 'REQUEST_INVALID' : 'WORKFLOW_INVALID';
}

function decodeOptions(sent: wire.RunOptions__Output | null, faults: DecodeFaults): RunOptions {
  return {
    policy: sent?.policy ?? '',
    disabledRules: sent?.disabledRules ?? [],
    usePromptCache: !(sent?.bypassPromptCache ?? false),
    naive: sent?.naive ?? false,
    streamDeltas: sent?.streamDeltas ?? false,
    seed: sent?.seed ?? 0,
    deadlineMs: decodeCount(sent?.deadlineMs ?? '0', 'options.deadline_ms', faults),
    priority: decodePriority(sent?.priority ?? 0, faults),
  };
}

function decodePriority(value: number, faults: DecodeFaults): number {
  if (Math.abs(value) <= PRIORITY_MAX) return value;
  faults.add('options.priority', `${value} is not from -${PRIORITY_MAX} to ${PRIORITY_MAX}`);
  return 0;
}

/** The id of "runs/{id}". Throws REQUEST_INVALID. */
export function decodeRunName(name: string): RunId {
  return runId(decodeResourceName('runs', name));
}

/** The id of "{collection}/{id}". Throws REQUEST_INVALID naming the form. */
export function decodeResourceName(collection: string, name: string): string {
  const id = name.startsWith(`${collection}/`) ? name.slice(collection.length + 1) : '';
  if (id !== '' && !id.includes('/')) return id;
  const field = collection === 'runs' ? 'name' : 'worker';
  const message = `${JSON.stringify(name)} is not of the form "${collection}/{id}"`;
  throw new HeliumError('REQUEST_INVALID', message, { faults: [{ field, message }] });
}
