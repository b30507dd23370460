import * as jinja from '@huggingface/jinja';
import * as tokenizers from '@huggingface/tokenizers';

/**
 * The parts of the two Hugging Face libraries that are used here. Their own type files use imports
 * that do not resolve under Node's rules, so the few signatures needed are written down.
 */
export const { SplitPreTokenizer } = tokenizers as unknown as {
  readonly SplitPreTokenizer: new (config: {
    readonly type: 'Split';
    readonly pattern: { readonly Regex: string };
    readonly behavior: 'Isolated' | 'Removed';
    readonly invert: boolean;
  }) => { pre_tokenize_text(text: string): string[] };
};

/** A node of a template's syntax tree. */
export type TemplateNode = Readonly<Record<string, unknown>> & { readonly type: string };

export interface TemplateProgram extends TemplateNode {
  readonly body: readonly TemplateNode[];
}

export interface TemplateValue {
  readonly type: string;
  readonly value: unknown;
}

export interface TemplateEnvironment {
  set(name: string, value: unknown): unknown;
}

export interface TemplateInterpreter {
  run(program: TemplateProgram): TemplateValue;
  evaluate(node: TemplateNode | undefined, environment: TemplateEnvironment): TemplateValue;
}

export const { Environment, Interpreter, parse, tokenize } = jinja as unknown as {
  readonly Environment: new () => TemplateEnvironment;
  readonly Interpreter: new (environment: TemplateEnvironment) => TemplateInterpreter;
  readonly parse: (tokens: unknown) => TemplateProgram;
  readonly tokenize: (
    source: string,
    options: { readonly lstrip_blocks: boolean; readonly trim_blocks: boolean },
  ) => unknown;
};
