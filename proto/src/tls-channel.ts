import { isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { type CallCredentials, ChannelCredentials, credentials } from '@grpc/grpc-js';

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/**
 * TLS for a channel that asks for its certificates with each new connection, so that they can change while it lives;
 * gRPC's own are as they were when they were made. `name` is what the server's certificate must be of.
 */
export class TlsChannelCredentials extends ChannelCredentials {
  readonly #name: string;
  readonly #material: () => SecureContextOptions;

  constructor(name: string, material: () => SecureContextOptions) {
    super();
    this.#name = name;
    this.#material = material;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: object,
    callCredentials: CallCredentials = credentials.createEmpty(),
  ): Connector {
    return {
      connect: (socket) => this.#connect(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials,
      destroy: () => {},
    };
  }

  #connect(socket: Socket): ReturnType<Connector['connect']> {
    const name = this.#name;
    return new Promise((resolve, reject) => {
      const secure = connect({
        socket,
        secureContext: createSecureContext(this.#material()),
        ALPNProtocols: ['h2'],
        // An address is no name that may be asked for.
        servername: isIP(name) === 0 ? name : '',
        checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      });
      secure.once('secureConnect', () => resolve({ socket: secure, secure: true }));
      // First to hear of it; gRPC tells the message of the same error.
      secure.on('error', (error: NodeJS.ErrnoException) => {
        error.message = explain(error);
        reject(error);
      });
    });
  }
}

/** What Node advises against these does not hold for a program that trusts the authorities of a file alone. */
const UNTRUSTED: readonly (string | undefined)[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
];

/** What the other side says of a certificate of ours, in OpenSSL's words. */
const ALERT =
  /alert (certificate required|unknown ca|bad certificate|certificate (?:expired|unknown|revoked)):/;

function explain({ code, message }: NodeJS.ErrnoException): string {
  if (UNTRUSTED.includes(code)) return `none of tls-ca signed its certificate (${code})`;
  const [, alert] = ALERT.exec(message) ?? [];
  return alert === undefined ? message : `it does not take our certificate, tls-cert (${alert})`;
}
