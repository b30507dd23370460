export { type RunningServer, type ServerOptions, startServer } from './server.ts';
export { openServerTls, type ServerTls, type ServerTlsFiles } from './server-tls.ts';
