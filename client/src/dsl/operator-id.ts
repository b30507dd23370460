/** What the coordinator takes for an id. */
const ID = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

/**
 * Of a column or an output, whose names may be any: the wanted id where it can be one, else one by kind and
 * place, such as `output-2`.
 */
export function operatorIdOf(wanted: string, kind: 'input' | 'output', place: number): string {
  return ID.test(wanted) ? wanted : `${kind}-${place + 1}`;
}
