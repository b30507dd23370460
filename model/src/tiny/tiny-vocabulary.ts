import { BYTE_CHARS } from '@helium/shared/tokenizer';

/** Control tokens: ids 0, 1 and 2. */
export const TINY_CONTROL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

/** BPE merges in order of rank; Ġ is a space. */
export const TINY_MERGES: readonly string[] = [
  ...['Ġ t', 'h e', 'Ġ a', 'i n', 'e r', 'o n', 'Ġt he', 'r e', 'a t', 'e n', 'o r', 'Ġ s'],
  ...['a n', 'Ġ o', 'i s', 'e s', 'Ġ w', 'n d', 'i t', 'Ġ c', 'o u', 'e d', 'in g', 'Ġ f'],
  ...['a l', 'Ġa nd', 's t', 'Ġo f', 'u s', 'us er', 's y', 'sy st', 'e m', 'syst em', 'l l'],
  ...['Ġ p', 'i c', 'a s', 'as s', 'ass is', 't an', 'assis tan', 'assistan t'],
];

/** Every token by id: control tokens, bytes, merged pieces. */
export const TINY_TOKENS: readonly string[] = [
  ...TINY_CONTROL_TOKENS,
  ...BYTE_CHARS,
  ...TINY_MERGES.map((merge) => merge.replace(' ', '')),
];

/** ChatML. */
export const TINY_CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' " +
  "+ message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
