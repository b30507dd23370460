import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';

/** What proto-loader makes of the proto files themselves, with the options of `scripts generate`. */
export const packageDefinition = loadSync(
  ['run', 'worker', 'cluster'].map((file) => `helium/v1/${file}.proto`),
  {
    includeDirs: [fileURLToPath(new URL('..', import.meta.url))],
    longs: String,
    enums: String,
    bytes: Buffer,
    defaults: true,
    arrays: true,
    oneofs: true,
  },
);
