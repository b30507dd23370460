"""Logits of tiny models by Hugging Face transformers: the oracle of layouts.ts.

usage: layouts.py REQUEST.json ANSWER.json

REQUEST.json maps a name to {"folder", "gguf", "prompt"}: a Hugging Face folder, a GGUF file (either may be null;
both must give the same logits) and token ids. ANSWER.json maps it to {"logits", "steps"}: the logits after the
prompt, then for each greedy token its id, its logit and how far the second choice is behind.
Needs: pip install torch transformers gguf accelerate
"""

import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM

TOKENS = 16


def load(folder, **options):
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", **options
    ).eval()


@torch.no_grad()
def answer(folder, gguf, prompt):
    models = [] if folder is None else [load(folder)]
    if gguf is not None:
        models.append(load(os.path.dirname(gguf), gguf_file=os.path.basename(gguf)))
    model = models[0]
    ids = torch.tensor([prompt])
    output = model(ids, use_cache=True)
    for read in models[1:]:
        difference = float((read(ids).logits - output.logits).abs().max())
        assert difference < 1e-4, f"{gguf}: transformers' own reader differs by {difference}"
    first = output.logits[0, -1]
    steps = []
    for _ in range(TOKENS):
        row = output.logits[0, -1]
        best = torch.topk(row, 2)
        token = int(best.indices[0])
        steps.append([token, round(float(best.values[0]), 5), round(float(best.values[0] - best.values[1]), 5)])
        output = model(torch.tensor([[token]]), past_key_values=output.past_key_values, use_cache=True)
    return {"logits": [round(float(value), 5) for value in first], "steps": steps}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        requests = json.load(file)
    answers = {name: answer(**request) for name, request in requests.items()}
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(answers, file)


if __name__ == "__main__":
    main()
