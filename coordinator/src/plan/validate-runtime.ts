import { argumentFaults } from './function-arguments.ts';
import { FIELD_LIMITS } from './limits.ts';
import type { CondOperator, EachOperator, LoopOperator, Predicate } from './operator.ts';
import { MATCHES_FUNCTION } from './predicate.ts';
import { validateNumber } from './validate-decoding.ts';
import { type OperatorCheck, refuse, validateSegments, validateText } from './validate-operator.ts';

/** Checks the own fields of an operator that is expanded at run time; its bodies are checked apart. */
export function validateRuntime(
  operator: EachOperator | CondOperator | LoopOperator,
  check: OperatorCheck,
): void {
  switch (operator.kind) {
    case 'each': {
      const { list, separator } = operator;
      validateSegments(list.text, 'list.text', operator, check);
      if (list.text.length === 0) refuse(operator, 'list.text', 'names no text to read', check);
      const range = [1, check.limits.mapItemsMax] as const;
      validateNumber(list.itemsMax, 'list.maxItems', range, true, operator, check);
      validateText(separator, 'separator', operator, check);
      break;
    }
    case 'cond':
      validatePredicate(operator.predicate, 'predicate', operator, check);
      validateSegments(operator.predicate.text, 'predicate.text', operator, check);
      break;
    case 'loop':
      validateLoop(operator, check);
      break;
  }
}

function validateLoop(operator: LoopOperator, check: OperatorCheck): void {
  const { variables, turnsMax, until } = operator;
  const { loopVariablesMax } = FIELD_LIMITS;
  if (variables.length < 1 || variables.length > loopVariablesMax) {
    const message = `has ${variables.length} variables, takes 1 to ${loopVariablesMax}`;
    refuse(operator, 'variables', message, check);
  }
  for (const [i, { first }] of variables.entries()) {
    validateSegments(first, `variables[${i}].first`, operator, check);
  }
  const range = [1, check.limits.loopTurnsMax] as const;
  validateNumber(turnsMax, 'maxTurns', range, true, operator, check);
  validatePredicate(until, 'until', operator, check);
}

type Owner = CondOperator | LoopOperator;

function validatePredicate(
  { test, text }: Predicate,
  path: string,
  operator: Owner,
  check: OperatorCheck,
): void {
  if (text.length === 0) refuse(operator, `${path}.text`, 'names no text to test', check);
  switch (test.kind) {
    case 'equals':
    case 'contains':
    case 'startsWith':
      validateText(test.value, `${path}.${test.kind}`, operator, check);
      break;
    case 'matches':
      validatePattern(test.pattern, `${path}.matches`, operator, check);
      break;
    case 'function':
      validateFunctionTest(test.name, `${path}.function`, operator, check);
      break;
    case 'nonEmpty':
    case 'isTrue':
      break;
  }
}

function validatePattern(
  pattern: string,
  path: string,
  operator: Owner,
  check: OperatorCheck,
): void {
  const { patternCharactersMax } = FIELD_LIMITS;
  if (pattern.length < 1 || pattern.length > patternCharactersMax) {
    const size = `pattern has ${pattern.length} characters, takes 1 to ${patternCharactersMax}`;
    refuse(operator, path, size, check);
    return;
  }
  validateFunctionTest(MATCHES_FUNCTION, path, operator, check);
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    refuse(operator, path, (error as Error).message, check);
  }
}

function validateFunctionTest(
  name: string,
  path: string,
  operator: Owner,
  check: OperatorCheck,
): void {
  const { functions } = check.offer;
  const installed = functions.get(name);
  if (installed === undefined) {
    const names = functions.size === 0 ? 'none' : [...functions.keys()].join(', ');
    const message = `function "${name}" is not installed; installed: ${names}`;
    refuse(operator, path, message, check, 'FUNCTION_UNKNOWN');
  } else if (!installed.pure) {
    refuse(operator, path, `function "${name}" decides, so it must be pure`, check);
  } else if (installed.args !== undefined) {
    const given = name === MATCHES_FUNCTION ? ['text', 'pattern'] : ['text'];
    const known = new Map(given.map((argument) => [argument, undefined]));
    for (const { message } of argumentFaults(installed.args, known)) {
      const asked = `function "${name}": ${message}; a test gives it text alone`;
      refuse(operator, path, asked, check);
    }
  }
}
