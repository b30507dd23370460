import { type ChatMessage, invariant } from '@helium/shared';
import { renderMessages } from '../../plan/render.ts';
import type { CallOwner } from './live-call.ts';

/**
 * The prompt of a call node whose inputs are done: when the call is opened and again whenever it is sent, which
 * gives the same, for texts stay until their run ends. Throws PROMPT_TOO_LONG.
 */
export function renderCall({ run, node }: CallOwner): readonly ChatMessage[] {
  const { action } = run.node(node);
  invariant(action.kind === 'call', `run "${run.id}": node ${node} is no call`);
  const { operator, bindings } = action;
  return renderMessages(operator.messages, bindings, (input) => run.state(input).text);
}
