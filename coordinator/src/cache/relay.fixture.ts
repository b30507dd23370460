import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A connection to a server by way of this process, which may end it, hold it up or swallow what it says. */
export interface Relay {
  readonly port: number;
  /** How many connections have come so far. */
  readonly connections: number;
  /** Connections from now on are taken and never answered, as behind a balancer whose server is gone. */
  swallow(isSwallowing: boolean): void;
  /** Everything that the server says arrives so much later. */
  delay(ms: number): void;
  /** Ends every connection that stands. */
  cut(): void;
  stop(): Promise<void>;
}

/** Relays connections on a free loopback port to `target`. */
export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  let delayMs = 0;
  let connections = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    connections += 1;
    keep(near);
    if (isSwallowing) return;
    const far = connect(target, '127.0.0.1');
    keep(far);
    near.pipe(far);
    far.on('data', (data) => setTimeout(() => near.write(data), delayMs));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    swallow: (value) => {
      isSwallowing = value;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
