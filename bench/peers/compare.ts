import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeliumError } from '@helium/shared';
import { parseOptions, report, runProgram } from '../src/report.ts';
import type { EngineReport } from './peer-report.ts';
import { type Column, ratioTable } from './ratio-table.ts';

/**
 * Helium's engine and its peers on the same token ids, one after the other in one run, and their ratios.
 * usage: compare.ts --peers FOLDER [--workloads FILE] [--reps 3] [--only helium,vllm,llama] [--json]
 * `--only` takes vllm-ngram as well: vLLM with its own prompt lookup.
 * README.md has what FOLDER holds and how it is made; a peer that is not there is left out and named.
 */
const options = parseOptions({
  peers: { type: 'string', default: '' },
  workloads: { type: 'string' },
  reps: { type: 'string', default: '3' },
  only: { type: 'string', default: 'helium,vllm,llama' },
});

interface Contender {
  readonly name: string;
  readonly isPeer: boolean;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** It takes part where this is there. */
  readonly needs: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const inFolder = (...path: string[]) => join(options.peers, ...path);
const workloads = options.workloads ?? inFolder('workloads.json');
const cores = availableParallelism();
const wanted = options.only.split(',');

await runProgram(options.json, async () => {
  const columns: Column[] = [];
  for (const contender of contenders()) {
    if (existsSync(contender.needs)) columns.push(await measure(contender));
    else report(`${contender.name}: left out, ${contender.needs} is not there`);
  }
  const json = { columns: columns.map(({ name, report: figures }) => ({ name, ...figures })) };
  return { holds: true, text: ratioTable(columns), json };
});

function contenders(): Contender[] {
  const all: [string, Contender[]][] = [
    [
      'helium',
      [
        helium(`helium 1 x ${cores}`, '1'),
        helium('helium 2 x 1', '2'),
        helium(`helium 1 x ${cores}, no prompt lookup`, '1', '--prompt-lookup', 'off'),
      ],
    ],
    ['vllm', [vllm('vLLM')]],
    ['vllm-ngram', [vllm('vLLM ngram', '--ngram', '4')]],
    ['llama', [llama('llama.cpp', cores), llama('llama.cpp 1 thread', 1, '--only-decode-1')]],
  ];
  return all.flatMap(([key, ones]) => (wanted.includes(key) ? ones : []));
}

function helium(name: string, engines: string, ...more: readonly string[]): Contender {
  const main = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
  const args = ['--workloads', workloads, '--engines', engines, '--reps', options.reps];
  return {
    name,
    isPeer: false,
    program: process.execPath,
    args: [main, 'bench', 'engine', ...args, ...more, '--json'],
    needs: workloads,
  };
}

function llama(name: string, threads: number, ...more: readonly string[]): Contender {
  const model = inFolder('models', 'q8_0.gguf');
  const places = ['--library', inFolder('llama'), '--model', model, '--workloads', workloads];
  return {
    name,
    isPeer: true,
    program: process.execPath,
    args: [
      `${here}llama-cpp.ts`,
      ...places,
      ...['--threads', String(threads), '--reps', options.reps, ...more],
    ],
    needs: inFolder('llama', 'node_modules', 'node-llama-cpp'),
  };
}

function vllm(name: string, ...more: readonly string[]): Contender {
  const model = inFolder('models', 'bf16');
  return {
    name,
    isPeer: true,
    program: inFolder('vllm', 'bin', 'python'),
    args: [`${here}vllm-engine.py`, model, workloads, '--reps', options.reps, ...more],
    environment: {
      OMP_NUM_THREADS: String(cores),
      VLLM_CPU_OMP_THREADS_BIND: `0-${cores - 1}`,
      VLLM_CPU_KVCACHE_SPACE: '2',
      VLLM_ENABLE_V1_MULTIPROCESSING: '0',
      VLLM_NO_USAGE_STATS: '1',
      HF_HUB_OFFLINE: '1',
      KMP_BLOCKTIME: '1',
      LD_PRELOAD: inFolder('vllm', 'lib', 'libiomp5.so'),
      CC: 'gcc',
    },
    needs: inFolder('vllm', 'bin', 'python'),
  };
}

async function measure({ name, isPeer, program, args, environment }: Contender): Promise<Column> {
  report(`${name} …`);
  const env = { ...process.env, ...environment };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new HeliumError('ENGINE_FAILED', `${name} ended with exit code ${code}`);
  const line = output.trim().split('\n').at(-1) ?? '';
  report(`${name}: ${line}`);
  return { name, isPeer, report: JSON.parse(line) as EngineReport };
}
