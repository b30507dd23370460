import type { RunServiceHandlers, wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import type { RunEvent, RunPort } from '../dispatch/run-port.ts';
import { DecodeFaults, decodeCount } from './decode-faults.ts';
import { decodeCreateRun, decodeExplainRun, decodeRunName } from './decode-run.ts';
import { encodeExplanation, encodeRun, encodeRunEvent } from './encode-run.ts';
import { type HandlerOptions, serverStream, unary } from './handlers.ts';
import { withProtoPaths } from './proto-paths.ts';
import { pageOfRuns } from './run-pages.ts';

const REASON_CHARACTERS_MAX = 1024;

/** Of a UTF-16 unit. */
const UTF8_BYTES_MAX = 3;
/** Of an output's event beside its text: cursor, time, row, a name of 128 characters. */
const EVENT_BYTES = 512;

/** RunService over the coordinator's runs. */
export function createRunService(
  runs: RunPort,
  messageBytesMax: number,
  options: HandlerOptions,
): RunServiceHandlers {
  return {
    CreateRun: unary(options, async (request: wire.CreateRunRequest__Output, context) => {
      const run = decodeCreateRun(request, context.tenant, context.traceparent);
      return withProtoPaths(operatorsOf(request), async () => {
        if (!request.validateOnly) return encodeRun(await runs.createRun(run));
        runs.checkRun(run);
        return { workflowName: run.workflow.name, rowCount: run.rows.length };
      });
    }),
    GetRun: unary(options, (request: wire.GetRunRequest__Output, { tenant }) =>
      encodeRun(runs.getRun(tenant, decodeRunName(request.name))),
    ),
    ListRuns: unary(options, (request: wire.ListRunsRequest__Output, { tenant }) => {
      const page = pageOfRuns(runs.listRuns(tenant), request.pageSize, request.pageToken);
      return { runs: page.runs.map(encodeRun), nextPageToken: page.nextPageToken };
    }),
    CancelRun: unary(options, async (request: wire.CancelRunRequest__Output, { tenant }) => {
      const [id, reason] = [decodeRunName(request.name), decodeReason(request.reason)];
      return encodeRun(await runs.cancelRun(tenant, id, reason));
    }),
    WatchRun: serverStream(options, (request: wire.WatchRunRequest__Output, context) => {
      const id = decodeRunName(request.name);
      const cursor = decodeCursor(request.cursor);
      const events = runs.watchRun(context.tenant, id, cursor, context.signal);
      return encoded(events, messageBytesMax);
    }),
    ExplainRun: unary(options, async (request: wire.ExplainRunRequest__Output, { tenant }) => {
      const run = decodeExplainRun(request, tenant);
      return encodeExplanation(
        await withProtoPaths(operatorsOf(request), () => runs.explainRun(run)),
      );
    }),
  };
}

function operatorsOf(request: {
  readonly workflow: wire.Workflow__Output | null;
}): readonly wire.Operator__Output[] {
  return request.workflow?.operators ?? [];
}

/** Kept and told with the run for as long as it is known. */
function decodeReason(reason: string): string {
  const faults = new DecodeFaults();
  if (reason.length > REASON_CHARACTERS_MAX) {
    const size = `has ${reason.length} characters`;
    faults.add('reason', `${size}, takes up to ${REASON_CHARACTERS_MAX}; the run goes on`);
  }
  faults.throwIfAny('REQUEST_INVALID', 'the request');
  return reason;
}

function decodeCursor(sent: string): number {
  const faults = new DecodeFaults();
  const cursor = decodeCount(sent, 'cursor', faults);
  faults.throwIfAny('REQUEST_INVALID', 'the request');
  return cursor;
}

async function* encoded(
  events: ReturnType<RunPort['watchRun']>,
  messageBytesMax: number,
): AsyncIterable<wire.RunEvent> {
  for await (const event of events) {
    if (event.kind === 'output') assertFits(event, messageBytesMax);
    yield encodeRunEvent(event);
  }
}

/** gRPC would refuse it as well, but not say what it is. */
function assertFits({ row, name, text }: RunEvent & { kind: 'output' }, bytesMax: number): void {
  if (text.length * UTF8_BYTES_MAX <= bytesMax - EVENT_BYTES) return;
  const bytes = Buffer.byteLength(text) + EVENT_BYTES;
  if (bytes <= bytesMax) return;
  const message =
    `row ${row}, output "${name}": the event has ${bytes} bytes, ` +
    `this coordinator sends ${bytesMax} (message-mib-max)`;
  throw new HeliumError('MESSAGE_TOO_LARGE', message, { details: { bytes, limit: bytesMax } });
}
