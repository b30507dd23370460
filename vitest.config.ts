import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Threads and processes that tests start find their sources compiled, as those of the programs do. It also keeps
// Node's type stripper, which is WebAssembly, out of threads that are made to die: V8 13.6 now and then
// crashes the process where one ends while another of its wrappers is compiled (WasmEngine::FreeDeadCode).
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('node_modules/.cache/helium', import.meta.url),
);

// Nor does onnxruntime count how tests use it.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const seeded = fileURLToPath(new URL('scripts/src/seeded-fast-check.ts', import.meta.url));

export default defineConfig({
  plugins: [
    {
      name: 'seeded-properties',
      enforce: 'pre',
      resolveId: (source, importer) =>
        source === 'fast-check' && importer !== seeded ? seeded : undefined,
    },
  ],
  test: {
    include: [
      '*/src/**/*.test.ts',
      '*/test/**/*.test.ts',
      'examples/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
