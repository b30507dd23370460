import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTinyModel } from '@helium/model/tiny';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `helium run --json` prints last. */
export interface RunReport {
  readonly rows: number;
  readonly operators: Readonly<
    Record<'submitted' | 'pruned' | 'merged' | 'cached' | 'executed', number>
  >;
  readonly tokens: Readonly<
    Record<'prompt' | 'prefilled' | 'reused' | 'generated' | 'prefetched', number>
  >;
  readonly seconds: Readonly<Record<'plan' | 'run', number>>;
  readonly outputs_sha256: string;
}

/** A home folder and a tiny model for the commands of one test file. */
export interface World {
  readonly home: string;
  readonly model: string;
  /** Of every process of this world. */
  readonly environment: NodeJS.ProcessEnv;
  file(name: string, text: string): string;
  helium(...args: string[]): Promise<Finished>;
  start(...args: string[]): ChildProcess;
  run(...args: string[]): Promise<RunReport>;
}

/** A tiny model whose greedy answers differ from prompt to prompt. */
const TALKATIVE = {
  contextTokens: 2048,
  tiedEmbeddings: false,
  layers: 4,
  seed: 3,
} as const;

export async function createWorld(): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'helium-cli-'));
  const model = await createTinyModel(home, TALKATIVE);
  const environment = {
    ...process.env,
    HELIUM_HOME: home,
    HELIUM_MODEL: model,
    HELIUM_KV_MIB: '64',
    // One home serves one coordinator with a journal, and goes on with its runs; here many have the same.
    HELIUM_RUN_JOURNAL: 'off',
  };
  const start = (...args: string[]) =>
    spawn(process.execPath, [MAIN, ...args], { env: environment });
  const helium = async (...args: string[]): Promise<Finished> => {
    const child = start(...args);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data) => {
      stdout += data;
    });
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    const code = await new Promise<number>((resolve) =>
      child.once('close', (exit) => resolve(exit ?? -1)),
    );
    return { code, stdout, stderr };
  };
  return {
    home,
    model,
    environment,
    start,
    helium,
    file(name, text) {
      const path = join(home, name);
      writeFileSync(path, text);
      return path;
    },
    async run(...args) {
      const { code, stdout, stderr } = await helium('run', ...args, '--json', '--quiet');
      if (code !== 0)
        throw new Error(`helium run ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    },
  };
}

/** A draft per row, two critics, one of them written twice, and a final answer. */
export const REVIEW = `
name: review
operators:
  question: { input: question }
  draft:
    llm: { system: You answer questions in one short sentence. You never say more than is asked. You are polite and exact and you do not guess., user: "{{question}}", max_tokens: 12 }
  strict:
    llm: { system: You are a critic of short answers. You look for what is wrong and for what is missing. You are strict and fair and brief., user: "Question: {{question}} Answer: {{draft}} Judge it.", max_tokens: 10 }
  strict-again:
    llm: { system: You are a critic of short answers. You look for what is wrong and for what is missing. You are strict and fair and brief., user: "Question: {{question}} Answer: {{draft}} Judge it.", max_tokens: 10 }
  unused:
    llm: { system: Nobody reads this., user: "{{draft}}", max_tokens: 10 }
  final:
    llm: { system: You improve answers., user: "{{draft}} {{strict}} {{strict-again}}", max_tokens: 12 }
outputs:
  answer: final
  critic: strict-again
`;

/** A map over lines that a call wrote, and a loop that a critic may end, both made at run time. */
export const PLANNED = `
name: planned
operators:
  question: { input: question }
  plan: { llm: { system: You list questions., user: "{{question}}", max_tokens: 20 } }
  lines: { format: "1. {{question}}\\n2. {{plan}}\\n3. {{question}}\\n4. more" }
  answers:
    map:
      list: { text: "{{lines}}", as: bullets, max: 3, overflow: truncate }
      as: part
      operators:
        answer: { llm: { system: You answer one question in a short sentence., user: "{{part}}", max_tokens: 10 } }
      result: answer
  draft: { llm: { system: You sum up., user: "{{answers}}", max_tokens: 12 } }
  best:
    loop:
      variables: { text: { first: "{{draft}}", next: "{{kept}}" } }
      operators:
        verdict: { llm: { system: You are a critic., user: "{{question}} {{text}}", max_tokens: 8 } }
        kept:
          cond:
            if: { text: "{{verdict}}", matches: "[aeiou]{2}", ignore_case: true }
            then:
              operators: { better: { llm: { system: You improve., user: "{{text}} {{verdict}}", max_tokens: 12 } } }
              result: better
            else: { result: text }
      result: kept
      until: { text: "{{verdict}}", contains: "zzz" }
      max: 3
  final: { llm: { user: "{{best}}", max_tokens: 8 } }
outputs: { final: final, answers: answers }
`;

export function questionRows(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, i) =>
    JSON.stringify({ question: `What is ${from + i} times seven?` }),
  );
  return `${lines.join('\n')}\n`;
}
