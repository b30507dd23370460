"""Writes the weights of a GGUF file of the Llama architecture as the peers want them, from the same values.

usage: python3 convert.py MODEL.gguf FOLDER
FOLDER/q8_0.gguf: every matrix in Q8_0, for llama.cpp. FOLDER/bf16: config.json and safetensors, for vLLM.
Needs the packages gguf, numpy, torch and safetensors.
"""

import json
import os
import sys

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize, quantize
from safetensors.torch import save_file

Q8_0 = GGMLQuantizationType.Q8_0
# general.file_type of a file whose matrices are mostly Q8_0.
FILE_TYPE_Q8_0 = 7

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OTHER_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def values_of(tensor):
    """Float32 values in row-major order; GGUF lists the fastest axis first."""
    shape = tuple(int(size) for size in reversed(tensor.shape))
    values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    return values.reshape(shape)


def write_q8_0(reader, metadata, path):
    writer = GGUFWriter(path, metadata["general.architecture"])
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        value = FILE_TYPE_Q8_0 if key == "general.file_type" else metadata[key]
        inner = field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(key, value, field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        values = values_of(tensor)
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values)
        else:
            writer.add_tensor(tensor.name, quantize(values, Q8_0), raw_dtype=Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def rotate_half_rows(values, heads):
    """llama.cpp keeps the rows of q and k so that neighbours rotate together, Hugging Face in halves."""
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def hugging_face_tensor(tensor, metadata):
    values = values_of(tensor)
    if tensor.name in OTHER_NAMES:
        return OTHER_NAMES[tensor.name], values
    _, layer, name, _ = tensor.name.split(".")
    if name == "attn_q":
        values = rotate_half_rows(values, metadata["llama.attention.head_count"])
    if name == "attn_k":
        values = rotate_half_rows(values, metadata["llama.attention.head_count_kv"])
    return f"model.layers.{layer}.{LAYER_NAMES[name]}.weight", values


def config_of(metadata, tied):
    heads = metadata["llama.attention.head_count"]
    hidden = metadata["llama.embedding_length"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": metadata["llama.feed_forward_length"],
        "num_hidden_layers": metadata["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": metadata["llama.attention.head_count_kv"],
        "head_dim": hidden // heads,
        "vocab_size": metadata["llama.vocab_size"],
        "max_position_embeddings": metadata["llama.context_length"],
        "rms_norm_eps": float(metadata["llama.attention.layer_norm_rms_epsilon"]),
        "rope_theta": float(metadata["llama.rope.freq_base"]),
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "bos_token_id": metadata["tokenizer.ggml.bos_token_id"],
        "eos_token_id": metadata["tokenizer.ggml.eos_token_id"],
        "torch_dtype": "bfloat16",
    }


def write_bf16(reader, metadata, folder):
    os.makedirs(folder, exist_ok=True)
    tensors = {}
    for tensor in reader.tensors:
        name, values = hugging_face_tensor(tensor, metadata)
        tensors[name] = torch.from_numpy(np.array(values, order="C")).to(torch.bfloat16)
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config_of(metadata, "lm_head.weight" not in tensors), file, indent=1)


def main():
    source, folder = sys.argv[1:3]
    reader = GGUFReader(source)
    metadata = {key: field.contents() for key, field in reader.fields.items()}
    if metadata["general.architecture"] != "llama":
        sys.exit(f"{source}: architecture {metadata['general.architecture']}, only llama is converted")
    os.makedirs(folder, exist_ok=True)
    write_q8_0(reader, metadata, os.path.join(folder, "q8_0.gguf"))
    write_bf16(reader, metadata, os.path.join(folder, "bf16"))


main()
