import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { type Instruction, parseDockerfile } from './parse-dockerfile.ts';

/** What a built image would start: its root folder on this machine, its folder, variables and command. */
export interface BuiltImage {
  readonly root: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

interface StageState {
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
  entrypoint: string[];
}

/**
 * Carries out a Dockerfile without a container engine: each stage is an empty folder of `scratch`, COPY
 * copies from `context`, RUN runs with this machine's programs. So every path and command is tried;
 * what the base image brings is taken on trust. Throws on the first instruction that fails, by line.
 */
export function runDockerfile(source: string, context: string, scratch: string): BuiltImage {
  const stages = new Map<string, StageState>();
  let last: StageState | undefined;
  for (const stage of parseDockerfile(source)) {
    const root = join(scratch, stage.name);
    mkdirSync(root, { recursive: true });
    last = { root, workdir: '/', environment: {}, entrypoint: [] };
    for (const instruction of stage.instructions) apply(instruction, last, context, stages);
    stages.set(stage.name, last);
  }
  if (last === undefined) throw new Error('no FROM');
  return last;
}

function apply(
  { line, name, rest }: Instruction,
  stage: StageState,
  context: string,
  stages: ReadonlyMap<string, StageState>,
): void {
  const inStage = (path: string) =>
    join(stage.root, isAbsolute(path) ? path : join(stage.workdir, path));
  switch (name) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(inStage('.'), { recursive: true });
      return;
    case 'COPY':
      copy(line, rest, context, stages, inStage);
      return;
    case 'RUN':
      run(line, rest, inStage('.'), stage.environment);
      return;
    case 'ENV':
      for (const pair of rest.split(/\s+/)) {
        const at = pair.indexOf('=');
        stage.environment[pair.slice(0, at)] = pair.slice(at + 1);
      }
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case 'USER':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`line ${line}: ${name} is not an instruction that this runner knows`);
  }
}

function copy(
  line: number,
  rest: string,
  context: string,
  stages: ReadonlyMap<string, StageState>,
  inStage: (path: string) => string,
): void {
  const words = rest.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const base = from === undefined ? context : stages.get(from)?.root;
  if (base === undefined) throw new Error(`line ${line}: no stage "${from}"`);
  const target = words.pop() ?? '';
  for (const path of words) {
    const source = join(base, path);
    if (!existsSync(source)) throw new Error(`line ${line}: COPY ${path}: no such file or folder`);
    const folder = target.endsWith('/') || target === './' || words.length > 1;
    const into = folder && statSync(source).isFile() ? join(target, basename(path)) : target;
    cpSync(source, inStage(into), { recursive: true, verbatimSymlinks: true });
  }
}

function run(
  line: number,
  command: string,
  cwd: string,
  environment: Record<string, string>,
): void {
  const result = spawnSync('sh', ['-c', command], {
    cwd,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (result.status !== 0)
    throw new Error(`line ${line}: RUN ${command}\n${result.stdout}${result.stderr}`);
}
