import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';

/**
 * Runs `plan` and, where it refuses the request, puts the proto's field paths in place of the
 * coordinator's own: `operators[1].messages[0]` becomes `operators[1].llm.messages[0]`.
 */
export async function withProtoPaths<Answer>(
  operators: readonly wire.Operator__Output[],
  plan: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await plan();
  } catch (thrown) {
    const { code, message, faults: own, details } = HeliumError.from(thrown);
    const faults = own.map((f) => ({ ...f, field: toProtoPath(f.field, operators) }));
    throw new HeliumError(code, message, { faults, details, cause: thrown });
  }
}

/** The path of a field below `operators` or `defaults`; other paths are the same on the wire. */
export function toProtoPath(path: string, operators: readonly wire.Operator__Output[]): string {
  if (path.startsWith('defaults.')) return snake(path);
  const [, list, index, rest] = /^((?:yes\.|no\.)?operators|body)\[(\d+)\](.*)$/.exec(path) ?? [];
  const operator = operators[Number(index)];
  if (rest === undefined || rest === '' || operator?.kind === undefined) return path;
  const place = `${list}[${index}]`;
  const field = rest.slice(1);
  if (field === 'id' || field === 'kind') return `${place}.${field}`;
  const inner = innerOperators(field, operator);
  const proto = inner === undefined ? snake(field) : toProtoPath(field, inner);
  return `${place}.${operator.kind}.${proto}`;
}

/** The operators that a path leads into; undefined where it ends at the operator itself. */
function innerOperators(
  path: string,
  { map, loop, cond }: wire.Operator__Output,
): readonly wire.Operator__Output[] | undefined {
  if (path.startsWith('body[')) return (map ?? loop)?.body ?? [];
  if (path.startsWith('yes.operators[')) return cond?.yes?.operators ?? [];
  return path.startsWith('no.operators[') ? (cond?.no?.operators ?? []) : undefined;
}

function snake(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
