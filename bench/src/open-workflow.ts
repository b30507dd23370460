import type { Workflow } from '@helium/client';
import { type ChatMessage, HeliumError, invariant, type Role } from '@helium/shared';

type Operator = NonNullable<Workflow['message']['operators']>[number];
type LlmOperator = NonNullable<Operator['llm']>;
type Segments = NonNullable<NonNullable<LlmOperator['messages']>[number]['content']>;

/** Texts of one row's operators, by operator id. */
type Texts = Readonly<Record<string, string>>;

const ROLES: Readonly<Record<string, Role>> = {
  ROLE_SYSTEM: 'system',
  ROLE_USER: 'user',
  ROLE_ASSISTANT: 'assistant',
};

/**
 * The workflow with every operator as an output under its own id, so that a run shows all texts that
 * went into its prompts. Throws WORKFLOW_INVALID for a `map`, `cond` or `loop`: their bodies have texts
 * per item, branch or turn.
 */
export function openWorkflow({ message, inputs }: Workflow): Workflow {
  const operators = (message.operators ?? []).filter((operator) => !operator.output);
  const ids = operators.map((operator) => {
    if (operator.map || operator.cond || operator.loop) {
      const kind = operator.map ? 'map' : operator.cond ? 'cond' : 'loop';
      const text = `operator "${operator.id}": the body of a ${kind} cannot be shown by outputs`;
      throw new HeliumError('WORKFLOW_INVALID', text);
    }
    return operator.id ?? '';
  });
  const outputs = ids.map((id) => ({ id: `output.${id}`, output: { name: id, value: id } }));
  const name = `${message.name ?? ''}, open`;
  const opened = { name, operators: [...operators, ...outputs] };
  return Object.freeze({ name, inputs, outputs: ids, message: opened });
}

/**
 * The prompts of the calls that a run of the opened workflow makes, given its outputs: equal
 * deterministic calls are one, as they merge.
 */
export function distinctPrompts(
  { message }: Workflow,
  rows: readonly Texts[],
): readonly (readonly ChatMessage[])[] {
  const calls = new Map<string, readonly ChatMessage[]>();
  for (const [row, texts] of rows.entries()) {
    for (const { id, llm } of message.operators ?? []) {
      if (!llm) continue;
      const messages = renderMessages(llm, texts);
      calls.set(answerKey(llm, messages) ?? `${row} ${id}`, messages);
    }
  }
  return [...calls.values()];
}

function renderMessages(llm: LlmOperator, texts: Texts): readonly ChatMessage[] {
  return (llm.messages ?? []).map(({ role, content }) => {
    const known = ROLES[role ?? ''];
    invariant(known !== undefined, `a message has the role "${role}"`);
    return { role: known, content: renderSegments(content ?? [], texts) };
  });
}

function renderSegments(segments: Segments, texts: Texts): string {
  const parts = segments.map(({ text, ref }) => {
    if (ref === undefined) return text ?? '';
    const found = texts[ref];
    invariant(found !== undefined, `the run gave no text of operator "${ref}"`);
    return found;
  });
  return parts.join('');
}

/** Equal for calls that must have equal answers; undefined where chance decides. */
function answerKey(llm: LlmOperator, messages: readonly ChatMessage[]): string | undefined {
  const { temperature, topK, topP, seed } = llm.sampling ?? {};
  const isGreedy = Number(temperature ?? 0) === 0;
  if (!isGreedy && seed === undefined) return undefined;
  const sampling = isGreedy ? [] : [temperature, topK, topP, String(seed)];
  return JSON.stringify([llm.model ?? '', messages, sampling, llm.maxTokens ?? 0, llm.stop ?? []]);
}
