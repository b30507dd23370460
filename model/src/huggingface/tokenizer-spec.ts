import { HeliumError, isJsonObject, type JsonObject } from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import { collectEndTokens } from '../end-tokens.ts';
import { findJsonFile, findTextFile, readJsonFile } from './json-file.ts';

/**
 * The tokenizer of a folder: tokenizer.json, the special tokens of tokenizer_config.json, the chat
 * template of chat_template.jinja or tokenizer_config.json. Throws MODEL_INVALID where a file is
 * missing or malformed, MODEL_UNSUPPORTED where there is no chat template.
 */
export function readTokenizerSpec(folder: string, config: JsonObject): TokenizerSpec {
  const tokenizerJson = readJsonFile(folder, 'tokenizer.json');
  const tokenizerConfig = readJsonFile(folder, 'tokenizer_config.json');
  const generation = findJsonFile(folder, 'generation_config.json') ?? {};
  const controlTokens = listControlTokens(tokenizerJson);
  const special = readSpecialTokens(tokenizerConfig);
  const eosToken = special.eos_token ?? '';
  const declared = [config.eos_token_id, generation.eos_token_id].flatMap(toIds);
  const eos = controlTokens.find((token) => token.content === eosToken);
  return {
    tokenizerJson,
    tokenizerConfig: special,
    chatTemplate: readChatTemplate(folder, tokenizerConfig),
    endTokenIds: collectEndTokens([...declared, eos?.id ?? null], controlTokens),
    bosToken: special.bos_token ?? '',
    eosToken,
    addBos: tokenizerConfig.add_bos_token === true,
  };
}

function toIds(value: unknown): number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((id): id is number => Number.isSafeInteger(id));
}

function listControlTokens(tokenizerJson: JsonObject): { id: number; content: string }[] {
  const added: readonly unknown[] = Array.isArray(tokenizerJson.added_tokens)
    ? tokenizerJson.added_tokens
    : [];
  return added.flatMap((token) => {
    if (!isJsonObject(token) || token.special !== true) return [];
    const { id, content } = token;
    return typeof id === 'number' && typeof content === 'string' ? [{ id, content }] : [];
  });
}

/** Tokens by name; each is a text or an object with its content. */
function readSpecialTokens(config: JsonObject): Record<string, string> {
  const entries = Object.entries(config).flatMap(([name, value]): [string, string][] => {
    if (!name.endsWith('_token')) return [];
    const content = isJsonObject(value) ? value.content : value;
    return typeof content === 'string' ? [[name, content]] : [];
  });
  return Object.fromEntries(entries);
}

function readChatTemplate(folder: string, config: JsonObject): string {
  const inFile = findTextFile(folder, 'chat_template.jinja');
  if (inFile !== null) return inFile;
  const { chat_template: template } = config;
  if (typeof template === 'string') return template;
  const named: readonly unknown[] = Array.isArray(template) ? template : [];
  const byDefault = named.find((entry) => isJsonObject(entry) && entry.name === 'default');
  if (isJsonObject(byDefault) && typeof byDefault.template === 'string') return byDefault.template;
  throw new HeliumError(
    'MODEL_UNSUPPORTED',
    `${folder}: has no chat template; only chat models are served`,
  );
}
