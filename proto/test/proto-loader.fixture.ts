import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import { MESSAGE_OPTIONS } from '../src/services.ts';

/** What proto-loader makes of the proto files themselves, with the options of `scripts generate`. */
export const packageDefinition = loadSync(
  ['run', 'worker', 'cluster'].map((file) => `helium/v1/${file}.proto`),
  {
    includeDirs: [fileURLToPath(new URL('..', import.meta.url))],
    ...MESSAGE_OPTIONS,
  },
);
