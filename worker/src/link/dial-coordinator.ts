import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { WorkerService, type wire } from '@helium/proto';
import { type Clock, HeliumError, PROTOCOL_VERSION, type WorkerIdentity } from '@helium/shared';
import { AUTHORIZATION_KEY, bearerOf, type TokenSource } from '@helium/shared/identity';
import type { DialCoordinator } from './coordinator-port.ts';
import { type AttachStream, GrpcCoordinatorPort } from './grpc-coordinator-port.ts';
import { fromGrpcError } from './link-error.ts';

const CHUNK_BYTES = 256 * 1024;

export interface DialOptions {
  /** host:port. */
  readonly address: string;
  readonly identity: WorkerIdentity;
  /** The compressed tokenizer spec, made when a coordinator asks for it. */
  readonly tokenizer: () => Promise<Uint8Array>;
  /** Asked anew for every dial. Default: there is none. */
  readonly token?: TokenSource;
  /** Default: the connection is plain. */
  readonly credentials?: ChannelCredentials;
  readonly messageMibMax: number;
  /** How long the coordinator may take to answer the hello. */
  readonly welcomeMsMax: number;
  readonly clock: Clock;
}

/**
 * Dials by gRPC: one connection and one stream per attachment. Each dial says hello, waits for the welcome
 * and sends the tokenizer when asked. Rejects with the coordinator's reason, or UNREACHABLE.
 */
export function createDialer(options: DialOptions): DialCoordinator {
  return async (signal) => {
    const { address, messageMibMax } = options;
    const channel = channelOptions(messageMibMax);
    const client = new WorkerService(
      address,
      options.credentials ?? credentials.createInsecure(),
      channel,
    );
    const stream = client.attach(metadataOf(options.token?.()));
    stream.on('status', () => client.close());
    const give = () => stream.cancel();
    signal.addEventListener('abort', give);
    try {
      return new GrpcCoordinatorPort(stream, await shakeHands(stream, options), options);
    } catch (thrown) {
      stream.cancel();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', give);
    }
  };
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set(AUTHORIZATION_KEY, bearerOf(token));
  return metadata;
}

function channelOptions(messageMibMax: number): ChannelOptions {
  const bytesMax = messageMibMax * 1024 * 1024;
  return {
    'grpc.max_receive_message_length': bytesMax,
    'grpc.max_send_message_length': bytesMax,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    // When to dial again is the link's decision: neither gRPC's retries nor its shared backoff.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  };
}

/** Leaves the stream paused behind the welcome after which the model is served. */
async function shakeHands(
  stream: AttachStream,
  options: DialOptions,
): Promise<wire.Welcome__Output> {
  stream.write({ hello: encodeHello(options.identity) });
  const welcome = await awaitWelcome(stream, options);
  if (!welcome.sendTokenizer) return welcome;
  const tokenizer = await options.tokenizer();
  const taken = awaitWelcome(stream, options);
  await Promise.all([sendTokenizer(stream, tokenizer), taken]);
  return taken;
}

/** Leaves the stream paused behind the welcome. */
function awaitWelcome(stream: AttachStream, options: DialOptions): Promise<wire.Welcome__Output> {
  const { address, clock, welcomeMsMax } = options;
  return new Promise((resolve, reject) => {
    const unreachable = (what: string) =>
      reject(new HeliumError('UNREACHABLE', `coordinator ${address} ${what}`));
    const late = clock.setTimer(welcomeMsMax, () =>
      unreachable(`did not answer within ${welcomeMsMax} ms`),
    );
    const onError = (error: ServiceError) => {
      late.cancel();
      reject(fromGrpcError(error, address));
    };
    stream.on('error', onError);
    stream.once('end', () => unreachable('ended the stream without a welcome'));
    stream.once('data', (message: wire.AttachResponse__Output) => {
      stream.pause();
      stream.off('error', onError);
      stream.on('error', () => {});
      late.cancel();
      if (message.welcome) resolve(message.welcome);
      else unreachable(`answered with ${message.message ?? 'nothing known'}, not a welcome`);
    });
    stream.resume();
  });
}

function encodeHello(identity: WorkerIdentity): wire.Hello {
  const { major: protocolMajor, minor: protocolMinor } = PROTOCOL_VERSION;
  return { ...identity, protocolMajor, protocolMinor };
}

async function sendTokenizer(stream: AttachStream, data: Uint8Array): Promise<void> {
  for (let start = 0; start < data.length; start += CHUNK_BYTES) {
    const end = Math.min(start + CHUNK_BYTES, data.length);
    const chunk = { data: data.subarray(start, end), last: end === data.length };
    if (!stream.write({ tokenizerChunk: chunk })) await drained(stream);
  }
}

/** Resolves when the stream takes more, or is over: who listens to it learns of that. */
function drained(stream: AttachStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('status', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('status', done);
  });
}
