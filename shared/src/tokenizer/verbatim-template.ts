import type { TemplateNode as Node, TemplateProgram } from './libraries.ts';

/**
 * Whether the template provably copies every message's content unchanged, whatever it is: contents are
 * used only as operands of `+` and `~` that are printed, roles and the number of messages only decide.
 * A template that trims, tests, stores or passes on a content, or a whole message, is not verbatim.
 * Conservative: false never makes a prompt wrong.
 */
export function copiesContentVerbatim(program: TemplateProgram): boolean {
  return blockIsVerbatim(program.body, new Set());
}

function blockIsVerbatim(body: unknown, loopNames: ReadonlySet<string>): boolean {
  return Array.isArray(body) && body.every((node) => statementIsVerbatim(node, loopNames));
}

function statementIsVerbatim(node: Node, loopNames: ReadonlySet<string>): boolean {
  if (node.type === 'If') {
    return (
      isBlind(node.test, loopNames) &&
      blockIsVerbatim(node.body, loopNames) &&
      blockIsVerbatim(node.alternate, loopNames)
    );
  }
  if (node.type === 'For') return loopIsVerbatim(node, loopNames);
  if (node.type === 'Set') return assignmentIsBlind(node, loopNames);
  return isPrintedVerbatim(node, loopNames);
}

/** `set name = value` of a value without content, to a name that means nothing else here. */
function assignmentIsBlind(node: Node, loopNames: ReadonlySet<string>): boolean {
  const assignee = node.assignee as Node;
  if (assignee.type !== 'Identifier') return false;
  const name = String(assignee.value);
  const isReserved = name === 'messages' || name === 'loop' || loopNames.has(name);
  return !isReserved && isBlind(node.value, loopNames) && isBlind(node.body, loopNames);
}

/** `for message in messages`, or a loop that sees no message at all. */
function loopIsVerbatim(node: Node, loopNames: ReadonlySet<string>): boolean {
  const { loopvar, iterable } = node as { loopvar?: Node; iterable?: Node };
  if (loopvar?.type !== 'Identifier' || iterable === undefined) return false;
  const name = String(loopvar.value);
  if (name === 'messages' || name === 'loop') return false;
  const inner = new Set(loopNames);
  if (isIdentifier(iterable, 'messages')) inner.add(name);
  else if (isBlind(iterable, loopNames)) inner.delete(name);
  else return false;
  return blockIsVerbatim(node.body, inner) && blockIsVerbatim(node.defaultBlock ?? [], loopNames);
}

function isPrintedVerbatim(node: Node, loopNames: ReadonlySet<string>): boolean {
  if (isContent(node, loopNames)) return true;
  if (node.type === 'BinaryExpression') {
    const operator = (node.operator as { value?: unknown }).value;
    if (operator === '+' || operator === '~') {
      return (
        isPrintedVerbatim(node.left as Node, loopNames) &&
        isPrintedVerbatim(node.right as Node, loopNames)
      );
    }
  }
  return isBlind(node, loopNames);
}

/** The node's value does not depend on any content. */
function isBlind(value: unknown, loopNames: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.every((item) => isBlind(item, loopNames));
  if (value instanceof Map) return isBlind([...value].flat(), loopNames);
  if (typeof value !== 'object' || value === null) return true;
  const node = value as Node;
  if (isMessageRole(node, loopNames)) return isBlind(messageIndex(node), loopNames);
  if (isLength(node)) return true;
  if (node.type === 'Set' || node.type === 'Macro' || node.type === 'CallStatement') return false;
  if (node.type === 'Identifier') {
    return node.value !== 'messages' && !loopNames.has(String(node.value)) && node.value !== 'loop';
  }
  if (isLoopCounter(node)) return true;
  return Object.values(node).every((child) => isBlind(child, loopNames));
}

function isContent(node: Node, loopNames: ReadonlySet<string>): boolean {
  return (
    memberName(node) === 'content' &&
    isMessage(node.object as Node, loopNames) &&
    isBlind(messageIndex(node), loopNames)
  );
}

function isMessageRole(node: Node, loopNames: ReadonlySet<string>): boolean {
  return memberName(node) === 'role' && isMessage(node.object as Node, loopNames);
}

/** A loop variable over messages, or `messages[i]`. */
function isMessage(node: Node, loopNames: ReadonlySet<string>): boolean {
  if (node.type === 'Identifier') return loopNames.has(String(node.value));
  return (
    node.type === 'MemberExpression' &&
    node.computed === true &&
    isIdentifier(node.object as Node, 'messages') &&
    (node.property as Node).type !== 'SliceExpression'
  );
}

/** The index expression of `messages[i].name`; undefined for a loop variable. */
function messageIndex(node: Node): unknown {
  const owner = node.object as Node;
  return owner.type === 'MemberExpression' ? owner.property : undefined;
}

/** `messages | length`. */
function isLength(node: Node): boolean {
  return (
    node.type === 'FilterExpression' &&
    isIdentifier(node.operand as Node, 'messages') &&
    isIdentifier(node.filter as Node, 'length')
  );
}

/** What a loop knows of its place: not `loop.previtem`, which is a message. */
function isLoopCounter(node: Node): boolean {
  const counters = ['first', 'last', 'index', 'index0', 'revindex', 'revindex0', 'length'];
  return (
    node.type === 'MemberExpression' &&
    isIdentifier(node.object as Node, 'loop') &&
    counters.includes(memberName(node) ?? '')
  );
}

/** The name in `a.name` and `a['name']`. */
function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const property = node.property as Node;
  const isName = node.computed ? property.type === 'StringLiteral' : property.type === 'Identifier';
  return isName ? String(property.value) : undefined;
}

function isIdentifier(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.value === name;
}
