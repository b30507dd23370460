import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

// Imported before a program: every connection that it opens is a line of CONNECTIONS_LOG.
const connect = Socket.prototype.connect;
Socket.prototype.connect = function logged(this: Socket, ...args: unknown[]) {
  const [first] = args.flat() as { host?: string; port?: number; path?: string }[];
  const line = first?.path ?? `${first?.host}:${first?.port}`;
  appendFileSync(process.env.CONNECTIONS_LOG ?? '', `${line}\n`);
  return Reflect.apply(connect, this, args);
} as typeof connect;
