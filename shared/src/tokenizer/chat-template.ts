import { HeliumError } from '../errors/helium-error.ts';
import { BoundedInterpreter, templateLimit } from './bounded-interpreter.ts';
import {
  Environment,
  parse,
  type TemplateEnvironment,
  type TemplateProgram,
  tokenize,
} from './libraries.ts';
import { copiesContentVerbatim } from './verbatim-template.ts';

const RANGE_ITEMS_MAX = 100_000;

/** What a template sees of a message. */
export interface TemplateMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplate {
  /** Contents come out as they went in, wherever they come out (see `copiesContentVerbatim`). */
  readonly isVerbatim: boolean;
  /**
   * The prompt with the generation prompt. Throws TEXT_INVALID where the template refuses the
   * messages, MODEL_INVALID where it fails or passes a limit.
   */
  render(messages: readonly TemplateMessage[]): string;
}

/**
 * Compiles a Jinja chat template. It sees the messages and the special tokens and nothing of the host:
 * no clock, no files. `variables` are the special tokens by name. Throws MODEL_INVALID on bad syntax.
 */
export function compileChatTemplate(
  source: string,
  variables: Readonly<Record<string, string>>,
): ChatTemplate {
  const program = parseTemplate(source);
  return {
    isVerbatim: copiesContentVerbatim(program),
    render: (messages) => {
      const environment = createEnvironment({
        ...variables,
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: true,
      });
      const value: unknown = evaluateWithinLimits(program, environment);
      if (typeof value === 'string') return value;
      throw new HeliumError('MODEL_INVALID', `chat template gives ${typeof value}, not text`);
    },
  };
}

function parseTemplate(source: string): TemplateProgram {
  try {
    return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  } catch (cause) {
    throw new HeliumError('MODEL_INVALID', `chat template: ${messageOf(cause)}`, { cause });
  }
}

function createEnvironment(variables: Readonly<Record<string, unknown>>): TemplateEnvironment {
  const environment = new Environment();
  const constants = { true: true, false: false, none: null, True: true, False: false, None: null };
  for (const [name, value] of Object.entries({ ...constants, ...variables })) {
    environment.set(name, value);
  }
  environment.set('range', boundedRange);
  environment.set('raise_exception', (message: unknown) => {
    throw new HeliumError('TEXT_INVALID', `the chat template refuses the messages: ${message}`);
  });
  return environment;
}

function boundedRange(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const count = step === 0 ? Number.NaN : Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= RANGE_ITEMS_MAX)) throw templateLimit('items in a range', RANGE_ITEMS_MAX);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

function evaluateWithinLimits(program: TemplateProgram, environment: TemplateEnvironment): unknown {
  try {
    return new BoundedInterpreter(environment).run(program).value;
  } catch (cause) {
    if (cause instanceof HeliumError) throw cause;
    throw new HeliumError('MODEL_INVALID', `chat template: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
