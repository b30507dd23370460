"""Greedy tokens and logits of a GGUF model by Hugging Face transformers: the oracle of compare.ts.

The weights are dequantized to float32 and put into a LlamaForCausalLM that knows nothing of Helium.

usage: reference.py MODEL.gguf PROMPTS.json OUT_DIR TOKENS

PROMPTS.json is a list of prompts, each a list of token ids. OUT_DIR gets `tokens.json` (the greedy
continuations) and `logits.f32` (float32, [prompts, TOKENS, vocab]: what each token was chosen from).
Needs: pip install torch transformers gguf numpy
"""

import json
import os
import sys

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from transformers import LlamaConfig, LlamaForCausalLM

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def rotate_half_order(weight, heads):
    """GGUF keeps q and k rows interleaved for llama; transformers wants the halves apart."""
    rows, columns = weight.shape
    split = weight.reshape(heads, rows // heads // 2, 2, columns)
    return split.swapaxes(1, 2).reshape(rows, columns)


def load(path):
    reader = GGUFReader(path)
    meta = {name: field.contents() for name, field in reader.fields.items()}
    heads = meta["llama.attention.head_count"]
    kv_heads = meta["llama.attention.head_count_kv"]
    state = {}
    for tensor in reader.tensors:
        shape = tuple(int(size) for size in reversed(tensor.shape))
        weight = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        weight = weight.reshape(shape)
        if tensor.name == "token_embd.weight":
            name = "model.embed_tokens.weight"
        elif tensor.name == "output_norm.weight":
            name = "model.norm.weight"
        elif tensor.name == "output.weight":
            name = "lm_head.weight"
        else:
            _, layer, part, _ = tensor.name.split(".")
            if part == "attn_q":
                weight = rotate_half_order(weight, heads)
            if part == "attn_k":
                weight = rotate_half_order(weight, kv_heads)
            name = f"model.layers.{layer}.{LAYER_NAMES[part]}.weight"
        state[name] = torch.from_numpy(np.ascontiguousarray(weight))
    tied = "lm_head.weight" not in state
    if tied:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    config = LlamaConfig(
        vocab_size=state["model.embed_tokens.weight"].shape[0],
        hidden_size=meta["llama.embedding_length"],
        intermediate_size=meta["llama.feed_forward_length"],
        num_hidden_layers=meta["llama.block_count"],
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=meta["llama.context_length"],
        rms_norm_eps=meta["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": meta["llama.rope.freq_base"]},
        tie_word_embeddings=tied,
        attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).to(torch.float32).eval()
    model.load_state_dict(state, strict=True)
    return model


@torch.no_grad()
def greedy(model, prompt, count):
    tokens, logits = [], []
    output = model(torch.tensor([prompt]), use_cache=True)
    for _ in range(count):
        row = output.logits[0, -1]
        logits.append(row.numpy().astype(np.float32))
        tokens.append(int(row.argmax()))
        output = model(
            torch.tensor([[tokens[-1]]]), past_key_values=output.past_key_values, use_cache=True
        )
    return tokens, np.stack(logits)


def main():
    model_path, prompts_path, out, count = sys.argv[1:5]
    with open(prompts_path, encoding="utf-8") as file:
        prompts = json.load(file)
    model = load(model_path)
    os.makedirs(out, exist_ok=True)
    continuations = []
    with open(os.path.join(out, "logits.f32"), "wb") as file:
        for number, prompt in enumerate(prompts):
            tokens, logits = greedy(model, prompt, int(count))
            continuations.append(tokens)
            file.write(logits.tobytes())
            print(f"prompt {number + 1} of {len(prompts)}", file=sys.stderr, flush=True)
    with open(os.path.join(out, "tokens.json"), "w", encoding="utf-8") as file:
        json.dump(continuations, file)


if __name__ == "__main__":
    main()
