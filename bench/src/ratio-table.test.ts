import { expect, it } from 'vitest';
import { cutWorkloads } from '../peers/cut-workloads.ts';
import type { EngineReport } from '../peers/peer-report.ts';
import { ratioTable } from '../peers/ratio-table.ts';

function report(speed: number, seconds: number): EngineReport {
  return {
    prefill_tok_s: 1000 * speed,
    decode_tok_s: { 1: 50 * speed, 4: 100 * speed, 16: 200 * speed, 32: 300 * speed },
    shared_s: { cold: 4 * seconds, warm: 3 * seconds },
    mapreduce_s: 20 * seconds,
    load_s: seconds,
    peak_rss_mib: 1000,
    own_cpu_s: 100,
    foreign_cpu_s: 5,
    wall_s: 50,
  };
}

it("sets Helium's best against the best peer's, more or less being better", () => {
  const only1 = { ...report(4, 9), prefill_tok_s: undefined, mapreduce_s: undefined };
  const { prefill_tok_s: _, mapreduce_s: __, ...decodeOnly } = only1;
  const columns = [
    { name: 'helium', isPeer: false, report: report(1.5, 0.5) },
    { name: 'helium 2 x 1', isPeer: false, report: report(1, 1) },
    { name: 'vllm', isPeer: true, report: report(1, 1) },
    {
      name: 'llama.cpp',
      isPeer: true,
      report: { ...decodeOnly, decode_tok_s: { 1: 200 }, shared_s: {} },
    },
  ];
  expect(ratioTable(columns)).toMatchInlineSnapshot(`
    "workload                    helium  helium 2 x 1   vllm  llama.cpp  ratio
    a. prefill, tok/s             1500          1000   1000          –   1.50
    b. decode, batch 1, tok/s    75.00         50.00  50.00        200   0.38
    b. decode, batch 4, tok/s      150           100    100          –   1.50
    b. decode, batch 16, tok/s     300           200    200          –   1.50
    b. decode, batch 32, tok/s     450           300    300          –   1.50
    c. shared prefix, cold, s     2.00          4.00   4.00          –   2.00
    c. shared prefix, warm, s     1.50          3.00   3.00          –   2.00
    d. map-reduce, s             10.00         20.00  20.00          –   2.00
    a to d, processor s            100           100    100          –   1.00
    load, s                       0.50          1.00   1.00       9.00   2.00
    peak memory, MiB              1000          1000   1000       1000   1.00

    helium: others used 0.10 cores while it was measured
    helium 2 x 1: others used 0.10 cores while it was measured
    vllm: others used 0.10 cores while it was measured
    llama.cpp: others used 0.10 cores while it was measured
    "
  `);
});

it('cuts prompts of the published sizes that begin differently', () => {
  const workloads = cutWorkloads(Int32Array.from({ length: 3000 }, (_, i) => i));
  const { prefill, decode, shared_prefix, shared_tail, expert_system, question } = workloads;
  const prompts = [
    prefill,
    ...decode,
    shared_prefix,
    ...shared_tail,
    ...expert_system,
    ...question,
  ];
  expect(prompts.map((prompt) => prompt.length)).toEqual([
    1024,
    ...Array(32).fill(64),
    512,
    ...Array(16).fill(64),
    ...Array(6).fill(256),
    ...Array(8).fill(128),
  ]);
  expect(new Set(prompts.map(([first]) => first)).size).toBe(prompts.length);
});
