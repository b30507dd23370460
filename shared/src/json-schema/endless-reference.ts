import type { Fault } from '../errors/helium-error.ts';
import { isNothing, type JsonShape, type SchemaGrammar } from './json-shape.ts';

/**
 * Definitions that have no finite text, since they need themselves: directly (a reference in a circle), or
 * through required properties and items without an end; and a root that allows nothing.
 */
export function findEndlessReference({ definitions }: SchemaGrammar): readonly Fault[] {
  const ending = findEnding(definitions, true);
  const endless = [...definitions.keys()].filter((name) => !ending.has(name));
  const circles = [...definitions.keys()].filter((name) => isCircle(name, definitions));
  const faults = [...new Set([...endless, ...circles])].map((field) => ({
    field,
    message: 'refers to itself without an end',
  }));
  if (faults.length > 0 || findEnding(definitions, false).has('#')) return faults;
  return [{ field: '#', message: 'allows no value: what must hold together cannot' }];
}

/** `isNothingEnd`: whether to count as a text what no value is allowed for. */
function findEnding(
  definitions: SchemaGrammar['definitions'],
  isNothingEnd: boolean,
): ReadonlySet<string> {
  const ending = new Set<string>();
  const ends = (shape: JsonShape): boolean => {
    switch (shape.kind) {
      case 'literals':
        return isNothingEnd || !isNothing(shape);
      case 'ref':
        return ending.has(shape.name);
      case 'any':
        return shape.of.some(ends);
      case 'array':
        return shape.min === 0 || ends(shape.items);
      case 'object':
        return shape.properties.every(({ shape: own, isRequired }) => !isRequired || ends(own));
      default:
        return true;
    }
  };
  for (let before = -1; before < ending.size; ) {
    before = ending.size;
    for (const [name, shape] of definitions) if (ends(shape)) ending.add(name);
  }
  return ending;
}

/** Whether a definition reaches itself before anything is written. */
function isCircle(name: string, definitions: SchemaGrammar['definitions']): boolean {
  const seen = new Set<string>();
  const reaches = (shape: JsonShape | undefined): boolean => {
    if (shape?.kind === 'any') return shape.of.some(reaches);
    if (shape?.kind !== 'ref') return false;
    if (shape.name === name) return true;
    if (seen.has(shape.name)) return false;
    seen.add(shape.name);
    return reaches(definitions.get(shape.name));
  };
  return reaches(definitions.get(name));
}
