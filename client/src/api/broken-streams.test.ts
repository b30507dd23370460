import { constants, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { RunService } from '@helium/proto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClientOptions } from './connection.ts';
import { HeliumClient } from './helium-client.ts';

const { WatchRun: watchRun, GetRun: getRun } = RunService.service;

/** A message in its frame: not compressed, its length, its bytes. */
function frame(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const EVENTS = [
  { cursor: '1', stateChanged: { state: 'RUN_STATE_RUNNING' as const } },
  { cursor: '2', output: { row: 0, name: 'answer', text: 'yes' } },
  { cursor: '3', finished: { state: 'RUN_STATE_SUCCEEDED' as const } },
].map((event) => frame(watchRun.responseSerialize(event)));
const RUN = frame(getRun.responseSerialize({ name: 'runs/r1', state: 'RUN_STATE_RUNNING' }));

/**
 * A coordinator whose first streams of each method end by `breakOff`, after the first message or half of one, or
 * (`isAway`) before there is any.
 */
async function serve(
  breakOff: (stream: ServerHttp2Stream) => void,
  breaks = 1,
  { isAway = false, ...options }: { isAway?: boolean } & ClientOptions = {},
) {
  const calls: string[] = [];
  const server = createServer();
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    const method = String(headers[':path']).replace(/^.*\//, '');
    calls.push(method);
    const isBroken = calls.filter((call) => call === method).length <= breaks;
    stream.on('error', () => {});
    if (isBroken && isAway) return breakOff(stream);
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      if (!isBroken) stream.sendTrailers({ 'grpc-status': '0' });
    });
    const answer = method === 'GetRun' ? [RUN] : EVENTS;
    if (!isBroken) {
      // Resumed behind the event that had come.
      stream.end(Buffer.concat(method === 'GetRun' ? answer : answer.slice(1)));
      return;
    }
    const some = method === 'GetRun' ? RUN.subarray(0, 7) : EVENTS[0];
    stream.write(some, () => setTimeout(() => breakOff(stream), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new HeliumClient(`127.0.0.1:${port}`, options);
  onTestFinished(() => {
    client.close();
    server.close();
  });
  return { client, calls };
}

const HTTP2 = constants;

describe.each<[string, (stream: ServerHttp2Stream) => void]>([
  [
    'a connection that is ended for resetting too many streams',
    (stream) => {
      // What Node's server does by itself after 1,000 resets in a burst.
      stream.session?.goaway(HTTP2.NGHTTP2_INTERNAL_ERROR);
      stream.session?.destroy();
    },
  ],
  ['a stream reset with an internal error', (s) => s.close(HTTP2.NGHTTP2_INTERNAL_ERROR)],
  ['a stream that what is between cancels', (s) => s.close(HTTP2.NGHTTP2_CANCEL)],
  ['a stream reset by a limiter between', (s) => s.close(HTTP2.NGHTTP2_ENHANCE_YOUR_CALM)],
  ['a stream reset with a protocol error', (s) => s.close(HTTP2.NGHTTP2_PROTOCOL_ERROR)],
  ['a stream reset without an error', (s) => s.close(HTTP2.NGHTTP2_NO_ERROR)],
  [
    'a stream ended by a coordinator that shuts down',
    (stream) => {
      const trailers = { 'grpc-status': '14', 'helium-code': 'UNREACHABLE' };
      stream.once('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end();
    },
  ],
  ['a connection that is cut in mid-message', (stream) => stream.session?.socket.destroy()],
])('%s', (_, breakOff) => {
  it('is repeated by a call, and resumed by a watch behind its last event', async () => {
    const { client, calls } = await serve(breakOff);
    expect((await client.getRun('r1')).id).toBe('r1');
    const cursors: number[] = [];
    for await (const { cursor } of client.follow('r1')) cursors.push(cursor);
    expect(cursors).toEqual([1, 2, 3]);
    expect(calls).toEqual(['GetRun', 'GetRun', 'WatchRun', 'WatchRun']);
  });

  it('that comes again and again is told as a coordinator that cannot be reached', async () => {
    const { client, calls } = await serve(breakOff, 9);
    await expect(client.getRun('r1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(calls).toHaveLength(3);
  });
});

describe('a coordinator that is away', () => {
  const cut = (stream: ServerHttp2Stream) => stream.session?.destroy();

  it('is waited for by whoever follows a run, as often as it takes', {
    timeout: 30_000,
  }, async () => {
    const { client, calls } = await serve(cut, 10, { isAway: true });
    const cursors: number[] = [];
    for await (const { cursor } of client.follow('r1')) cursors.push(cursor);
    expect(cursors).toEqual([2, 3]);
    expect(calls).toHaveLength(11);
  });

  it('is given up when that takes longer than may be', async () => {
    const { client, calls } = await serve(cut, 99, { isAway: true, awayMs: 1000 });
    await expect(client.follow('r1').result()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(calls.length).toBeGreaterThan(1);
  });
});
