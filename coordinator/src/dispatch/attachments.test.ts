import { type CallId, type CallResult, callId, workerId } from '@helium/shared';
import { createLogger } from '@helium/shared/telemetry';
import { describe, expect, it } from 'vitest';
import { WorkerRegistry } from '../cluster/index.ts';
import { Attachments } from './attachments.ts';
import { identityOf } from './core/identity-of.fixture.ts';
import type { RunObserver } from './run-observer.ts';
import type { WorkerPort } from './worker-port.ts';

const w = workerId('w');
const ids = ['c1', 'c2'].map(callId);
const LEADER = { run: 'r', node: 1 } as never;

/** Attachments of one worker; what goes over the wire, to traces and into the log is written down. */
function open() {
  const said: string[] = [];
  const registry = new WorkerRegistry();
  const observer = {
    sent: (call: { id: CallId }, _: unknown, operator: string) => {
      said.push(`traced ${call.id} of ${operator}`);
      return call;
    },
    ended: ({ id }: CallResult) => said.push(`ended ${id}`),
    lost: (calls: Iterable<CallId>) => said.push(`lost ${[...calls]}`),
  } as unknown as RunObserver;
  const logger = createLogger('test', 'info', {
    write: (line) => said.push(line.replace(/^\S+\s+(\w+)\s+\S+: /, '$1 ')),
  });
  const attachments = new Attachments({ registry, operatorOf: () => 'op', observer, logger });
  const attach = (epoch: number) => {
    const port = {
      identity: identityOf('w', 'm', 4),
      epoch,
      sendBatch: (calls) => said.push(`sent ${calls.map(({ id }) => id)} over ${epoch}`),
      cancel: (calls) => said.push(`asked for ${calls} over ${epoch}`),
      close: (reason) => said.push(`closed ${epoch}: ${reason}`),
    } as Partial<WorkerPort> as WorkerPort;
    const attachment = attachments.open(port);
    registry.attach(port.identity, epoch, 0);
    return attachment;
  };
  const send = () => {
    const calls = ids.map((id) => ({ id })) as never;
    attachments.send({
      kind: 'sendBatch',
      worker: w,
      calls,
      leaders: [LEADER, undefined] as never,
    });
  };
  return { attachments, registry, attach, send, take: () => said.splice(0) };
}

const result = (id: CallId | undefined, finish = 'stop') =>
  ({ kind: 'result', result: { id, finish } }) as never;

describe('Attachments', () => {
  it('sends over the attachment that stands, and traces what is for somebody', () => {
    const { attachments, attach, send, take } = open();
    send();
    expect(take()).toEqual([]);
    attach(1);
    const second = attach(2);
    send();
    expect(take()).toEqual(['traced c1 of op', 'sent c1,c2 over 2']);
    expect(attachments.findPort(w)).toBe(second.port);
  });

  it('takes an answer once, and only from who has the call', () => {
    const { attachments, attach, send, take } = open();
    const attachment = attach(1);
    send();
    take();
    expect(attachments.hear(attachment, result(ids[0]))).toBe(true);
    expect(take()).toEqual(['ended c1']);
    expect(attachments.hear(attachment, result(ids[0]))).toBe(false);
    expect(take()).toEqual([expect.stringContaining('worker ended a call that it does not have')]);
  });

  it('does not hold it against a worker that it gives up what it was asked back for', () => {
    const { attachments, attach, send, take } = open();
    const attachment = attach(1);
    send();
    const asked = { worker: w, ids: [ids[0]!], unlessBegun: true };
    attachments.askBack({ kind: 'cancelCalls', ...asked });
    expect(take().at(-1)).toBe('asked for c1 over 1');
    attachments.hear(attachment, result(ids[0], 'cancelled'));
    expect(take()).toEqual(['ended c1']);
    attachments.hear(attachment, result(ids[1], 'cancelled'));
    expect(take()[0]).toContain('worker gave up a call that it was not asked for');
  });

  it('says once who is lost and with which calls, and ends the attachment that is meant', () => {
    const { attachments, attach, send, take } = open();
    const first = attach(1);
    send();
    attach(2);
    take();
    attachments.end({ kind: 'closeWorker', worker: w, epoch: 1, reason: 'replaced' });
    expect(take()).toEqual([
      'WARN worker lost worker=w epoch=1 reason=replaced calls=2',
      'lost c1,c2',
      'closed 1: replaced',
    ]);
    expect(attachments.hear(first, { kind: 'lost', reason: 'gone' })).toBe(true);
    expect(take()).toEqual([]);
    expect(attachments.findPort(w)?.epoch).toBe(2);
  });

  it('warns of nobody who went as he should: let go, or after he drained, without calls', () => {
    const { attachments, attach, registry, take } = open();
    const letGo = attach(1);
    attachments.hear(letGo, { kind: 'lost', reason: 'shutting down', isLetGo: true });
    expect(take()[0]).toMatch(/^INFO worker left .*reason="shutting down"/);
    const drained = attach(2);
    registry.require(w).state = 'draining';
    attachments.hear(drained, { kind: 'lost', reason: 'the stream ended' });
    expect(take()[0]).toMatch(/^INFO worker left .*reason="it drained"/);
    const replaced = attach(3);
    attach(4);
    registry.require(w).state = 'draining';
    take();
    attachments.hear(replaced, { kind: 'lost', reason: 'the stream ended' });
    expect(take()[0]).toMatch(/^WARN worker lost .*epoch=3/);
  });
});
