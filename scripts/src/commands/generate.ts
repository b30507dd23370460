import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { ROOT } from '../root.ts';

const FILES = ['common', 'workflow', 'run', 'worker', 'cluster'].map((f) => `helium/v1/${f}.proto`);

/** Regenerates `proto/src/gen` from the proto files; the options in `proto/src/services.ts` match. */
export function generate(): number {
  const out = join(ROOT, 'proto/src/gen');
  rmSync(out, { recursive: true, force: true });
  const args = [
    '--longs=String',
    '--enums=String',
    '--bytes=Buffer',
    '--defaults',
    '--arrays',
    '--oneofs',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    '--includeDirs=.',
    `--outDir=${out}`,
    ...FILES,
  ];
  const bin = join(ROOT, 'node_modules/.bin/proto-loader-gen-types');
  const result = spawnSync(bin, args, { cwd: join(ROOT, 'proto'), stdio: 'inherit' });
  if (result.status !== 0) return result.status ?? 1;
  writeFileSync(join(out, 'messages.ts'), messagesDoor(join(out, 'helium/v1')));
  writeFileSync(join(out, 'schema.json'), schemaOf(join(ROOT, 'proto')));
  const descriptors = ['build', '--exclude-source-info', '-o', join(out, 'descriptor-set.binpb')];
  const buf = join(ROOT, 'node_modules/.bin/buf');
  return spawnSync(buf, descriptors, { cwd: join(ROOT, 'proto'), stdio: 'inherit' }).status ?? 1;
}

/** Messages and services as protobufjs reads them back, with those a status of gRPC carries. */
function schemaOf(folder: string): string {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => join(folder, target);
  root.loadSync([...FILES, 'google/rpc/status.proto', 'google/rpc/error_details.proto']);
  return `${JSON.stringify(root.toJSON())}\n`;
}

/** One file that exports every message type: `X` to send, `X__Output` as received. */
function messagesDoor(folder: string): string {
  const lines = readdirSync(folder)
    .filter((file) => !readFileSync(join(folder, file), 'utf8').includes('grpc.Client'))
    .sort()
    .map((file) => {
      const name = file.replace('.ts', '');
      return `export type { ${name}, ${name}__Output } from './helium/v1/${file}';`;
    });
  return `${lines.join('\n')}\n`;
}
