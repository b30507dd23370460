import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelCredentials, Interceptor, ServiceError } from '@grpc/grpc-js';
import type { ClusterServiceClient, RunServiceClient } from '@helium/proto';
import { HeliumError, parseAddress } from '@helium/shared';
import {
  AUTHORIZATION_KEY,
  assertMaySendToken,
  bearerOf,
  type TokenSource,
  tokenSource,
} from '@helium/shared/identity';
import { dialTls } from '@helium/shared/tls';
import { grpc, proto } from '../libraries.ts';
import { fromServiceError, isReset, isServiceError } from './decode-error.ts';

export interface ClientOptions {
  /** Of @grpc/grpc-js, for what `tls` cannot say. */
  readonly credentials?: ChannelCredentials;
  /** Default: the variables HELIUM_TLS_…; without any, and by `false`, the connection is plain. */
  readonly tls?: TlsOptions | false;
  /** Shown with every call. Default: the variable HELIUM_TOKEN; '' for none. */
  readonly token?: string;
  /** File of the token, read again when it changes; before `token`. Default: the variable HELIUM_TOKEN_FILE. */
  readonly tokenFile?: string;
  /** Lets the token go without TLS to other machines, where those on the way can read it. */
  readonly plaintextToken?: boolean;
  /** Deadline of calls that answer at once, their repetitions included, ms; 30,000 by default. */
  readonly timeoutMs?: number;
  /**
   * Repetitions, after 0.2 s, 0.4 s, …, of a call that reached no coordinator or lost it half-way; 2 by default.
   * All calls may be repeated: of a run there is one, by its request id.
   */
  readonly retries?: number;
  /**
   * How long whoever follows a run waits for a coordinator that is away, ms; 300,000 by default: enough for one that
   * starts anew on another machine, with its volume.
   */
  readonly awayMs?: number;
  /** Largest message sent and taken, MiB; 64 by default. The coordinator has its own limit. */
  readonly messageMibMax?: number;
}

/** Paths of PEM files, read again for new connections when they change. */
export interface TlsOptions {
  /** Of who may have signed the coordinator's certificate, or `system` for those that Node trusts. */
  readonly ca: string;
  /** Own certificate with its chain, and its key: for coordinators that ask for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** What the coordinator's certificate is of, where that is not the host of the address. */
  readonly serverName?: string | undefined;
}

/** What ends a call from outside. */
export interface CallOptions {
  /** Aborted, the call is given up and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A call of gRPC, to be started with its deadline (ms since the epoch). */
export type StartCall<Answer> = (
  options: { deadline: number },
  done: (error: ServiceError | null, answer?: Answer) => void,
) => { cancel(): void };

/** What is particular to a call. */
interface CallTraits {
  /** Bytes of the request, for errors: grpc-js tells the limit only. */
  readonly sizeOf?: () => number;
  /** How long the coordinator may take over it, ms, beside the usual. */
  readonly workMs?: number;
}

const RETRY_MS = 200;
const AWAY_MS = 300_000;

/** Between two attempts to connect at most, ms: grpc-js waits up to 120 s, and calls fail at once meanwhile. */
const CONNECT_MS_MAX = 2000;

/** Of a connection that came about and ended before anything was said. */
const CUT_HINTS = {
  plain: ' (no plain gRPC there: if it is TLS, set tls-ca)',
  tls: ' (if it asks for certificates: one that it takes as tls-cert, and tls-key)',
} as const;

/** The channels to one coordinator, and the errors of what goes through them. */
export class Connection {
  readonly runs: RunServiceClient;
  readonly cluster: ClusterServiceClient;
  /** How long a coordinator may be away from those who follow a run, ms. */
  readonly awayMs: number;
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #bytesMax: number;
  readonly #isTls: boolean;
  readonly #token: TokenSource;
  #lastShown: string | undefined;

  constructor(address: string, options: ClientOptions) {
    parseAddress('address', address);
    this.#address = address;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retries = options.retries ?? 2;
    this.awayMs = options.awayMs ?? AWAY_MS;
    this.#bytesMax = (options.messageMibMax ?? 64) * 2 ** 20;
    const { RunService, ClusterService } = proto();
    const credentials = options.credentials ?? credentialsFor(address, options.tls);
    this.#isTls = credentials._isSecure();
    this.#token = tokenOf(options);
    if (this.#token() !== undefined) {
      const isAllowed = options.plaintextToken ?? false;
      assertMaySendToken(address, { isTls: this.#isTls, isAllowed });
    }
    const channelOptions = {
      'grpc.max_receive_message_length': this.#bytesMax,
      'grpc.max_send_message_length': this.#bytesMax,
      'grpc.max_reconnect_backoff_ms': CONNECT_MS_MAX,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      interceptors: [showToken(() => this.#shown())],
    };
    this.runs = new RunService(address, credentials, channelOptions);
    this.cluster = new ClusterService(address, credentials, channelOptions);
  }

  /** Throws HeliumErrors, and the signal's reason once that is aborted. */
  async unary<Answer>(
    start: StartCall<Answer>,
    { signal }: CallOptions = {},
    { sizeOf, workMs = 0 }: CallTraits = {},
  ): Promise<Answer> {
    const deadline = Date.now() + this.#timeoutMs + workMs;
    for (let tries = 0; ; tries++) {
      try {
        return await callOnce(start, deadline, signal);
      } catch (error) {
        signal?.throwIfAborted();
        const pauseMs = RETRY_MS * 2 ** tries;
        const isLast = tries >= this.#retries || Date.now() + pauseMs >= deadline;
        if (isLast || !this.mayRepeat(error)) throw this.failure(error, sizeOf);
        await pause(pauseMs, signal);
      }
    }
  }

  /** What a call threw, as the HeliumError it was at the coordinator, or why there is none. */
  failure(error: unknown, sizeOf?: () => number): unknown {
    if (error instanceof HeliumError) return error;
    if (!isServiceError(error)) {
      const message = `the client of ${this.#address} is closed`;
      return isClosed(error) ? new HeliumError('UNREACHABLE', message, { cause: error }) : error;
    }
    const failure = fromServiceError(error);
    if (sizeOf !== undefined && failure.message.startsWith('Attempted to send')) {
      const message = `the request is ${sizeOf()} bytes, this client sends ${this.#bytesMax} at most (message-mib-max)`;
      return new HeliumError('MESSAGE_TOO_LARGE', message, { cause: failure });
    }
    if (failure.code !== 'UNREACHABLE') return failure;
    const why = failure.message.replace(/ Resolution note: $/, '');
    // A connection came about, and what was said over it was not understood.
    const isCut = /Last error: Failed to connect/.test(why);
    const hint = isCut ? CUT_HINTS[this.#isTls ? 'tls' : 'plain'] : '';
    const message = `no coordinator answers at ${this.#address}: ${why}${hint}`;
    return new HeliumError('UNREACHABLE', message, { cause: failure });
  }

  /** Whether a call that failed may fare better: the connection broke, or there is another token by now. */
  mayRepeat(error: unknown): boolean {
    if (isBroken(error)) return true;
    const isRefused = isServiceError(error) && error.code === grpc().status.UNAUTHENTICATED;
    return isRefused && this.#token() !== this.#lastShown;
  }

  #shown(): string | undefined {
    this.#lastShown = this.#token();
    return this.#lastShown;
  }

  close(): void {
    this.runs.close();
    this.cluster.close();
  }
}

/** Throws CONFIG_INVALID for files that cannot be used. */
function credentialsFor(address: string, given: ClientOptions['tls']): ChannelCredentials {
  const {
    ca = '',
    cert = '',
    key = '',
    serverName = '',
  } = given === false ? {} : (given ?? fromEnvironment());
  const material = dialTls({ ca, cert, key });
  if (material === undefined) return grpc().credentials.createInsecure();
  const { TlsChannelCredentials } = proto();
  return new TlsChannelCredentials(serverName || parseAddress('address', address).host, material);
}

function fromEnvironment(): Partial<TlsOptions> {
  const { HELIUM_TLS_CA, HELIUM_TLS_CERT, HELIUM_TLS_KEY, HELIUM_TLS_SERVER_NAME } = process.env;
  return {
    ...(HELIUM_TLS_CA === undefined ? {} : { ca: HELIUM_TLS_CA }),
    cert: HELIUM_TLS_CERT,
    key: HELIUM_TLS_KEY,
    serverName: HELIUM_TLS_SERVER_NAME,
  };
}

function tokenOf({ token, tokenFile }: ClientOptions): TokenSource {
  const { HELIUM_TOKEN = '', HELIUM_TOKEN_FILE = '' } = process.env;
  const isGiven = token !== undefined || tokenFile !== undefined;
  return tokenSource({
    token: token ?? (isGiven ? '' : HELIUM_TOKEN),
    tokenFile: tokenFile ?? (isGiven ? '' : HELIUM_TOKEN_FILE),
  });
}

/** Not by call credentials: gRPC has those with TLS only. */
function showToken(token: TokenSource): Interceptor {
  return (options, next) => {
    const { InterceptingCall } = grpc();
    return new InterceptingCall(next(options), {
      start(metadata, listener, start) {
        const shown = token();
        if (shown !== undefined) metadata.set(AUTHORIZATION_KEY, bearerOf(shown));
        start(metadata, listener);
      },
    });
  };
}

/** Whether the connection broke, or there was none: nobody refused the call. */
export function isBroken(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  if (isReset(error)) return true;
  if (error.code !== grpc().status.UNAVAILABLE) return false;
  const [code] = error.metadata.get('helium-code');
  // A coordinator that shuts down says so; the next one goes on.
  return code === undefined || code === 'UNREACHABLE';
}

/** Rejects with the signal's reason once that is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}

async function callOnce<Answer>(
  start: StartCall<Answer>,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  signal?.throwIfAborted();
  let stop = () => {};
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const call = start({ deadline }, (error, answer) => {
        if (error !== null) reject(error);
        else if (answer === undefined) reject(fromServiceError(undefined));
        else resolve(answer);
      });
      stop = () => call.cancel();
      signal?.addEventListener('abort', stop, { once: true });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Of grpc-js, which throws it from the call itself. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'Channel has been shut down';
}
