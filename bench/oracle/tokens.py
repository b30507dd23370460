"""Writes the golden tokens of model/src/sentencepiece-tokens.test.ts.

A tiny SentencePiece BPE model is trained here; its tokens come from sentencepiece itself, and from the Rust library
behind transformers (PyPI tokenizers) for the ways in which tokenizer.json files write such models down.

usage: tokens.py      Needs: pip install sentencepiece tokenizers protobuf transformers
"""

import io
import json
import os

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer

GOLDEN = os.path.join(os.path.dirname(__file__), "../../model/src/testdata/sentencepiece-tokens.json")

CORPUS = """The harbour handled more containers in March than a year before, and the cranes were out of service.
Waiting time at the gate rose from 34 to 52 minutes, mostly between six and nine in the morning.
The night shift moved a third of the volume with a fifth of the staff; exports of timber fell by half.
Insurance for the new quay was renewed at a premium 11 percent higher. The board approved a second rail spur.
Three ships were diverted to the southern port during the storm. What does a compiler do? Describe the cycle.
def main():
    print("hello, world")
        return 0
""".splitlines()

TEXTS = [
    "The harbour rose in the morning.",
    " a leading space",
    "two  spaces   and a tab\there",
    "trailing spaces  ",
    "   ",
    " ",
    "line\nbreak\n\n  indented",
    "naïve café, e\u0301 and 日本語, ٣٤ ½",
    "emoji 😀 and 👩‍👩‍👧, a BOM \ufeff, NEL \u0085",
    "a literal ▁ and a literal <0x41>",
    "therethererethethe percent11higher",
    "x",
]

# Control tokens are recognised in these: every run of plain text between them is a section of its own.
TEMPLATES = ["<s>The gate</s> rose <s>  and</s>fell", "<s></s><s>the", "The<s>"]

REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
FUSED = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}


def metaspace(scheme, split):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


SCHEMES = {
    "Prepend": {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, REPLACE]},
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": [*FUSED, STRIP]},
    },
    "Replace alone": {
        "normalizer": REPLACE,
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": FUSED},
    },
    "Metaspace first": {
        "normalizer": None,
        "pre_tokenizer": metaspace("first", False),
        "decoder": {"type": "Sequence", "decoders": [*FUSED, STRIP]},
    },
    "Metaspace always, split": {
        "normalizer": None,
        "pre_tokenizer": metaspace("always", True),
        "decoder": {"type": "Sequence", "decoders": [*FUSED, STRIP]},
    },
    "Metaspace never": {
        "normalizer": None,
        "pre_tokenizer": metaspace("never", False),
        "decoder": {"type": "Sequence", "decoders": FUSED},
    },
}


def train():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS),
        model_writer=model,
        model_type="bpe",
        vocab_size=480,
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def merges_of(pieces):
    """As transformers' converter makes them."""
    vocab = {piece.piece: (index, piece.score) for index, piece in enumerate(pieces)}
    merges = []
    for token, (_, score) in vocab.items():
        local = [
            (token[:at], token[at:], score)
            for at in range(1, len(token))
            if token[:at] in vocab and token[at:] in vocab
        ]
        merges += sorted(local, key=lambda merge: (vocab[merge[0]][0], vocab[merge[1]][0]))
    merges.sort(key=lambda merge: (merge[2], len(merge[0]), len(merge[1])), reverse=True)
    return [[left, right] for left, right, _ in merges]


def tokenizer_of(pieces, scheme):
    controls = [{"id": index, "content": piece.piece} for index, piece in enumerate(pieces) if piece.type in (2, 3)]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return Tokenizer.from_str(
        json.dumps(
            {
                "version": "1.0",
                "truncation": None,
                "padding": None,
                "added_tokens": [{**control, **flags} for control in controls],
                "post_processor": None,
                **scheme,
                "model": {
                    "type": "BPE",
                    "unk_token": "<unk>",
                    "fuse_unk": True,
                    "byte_fallback": True,
                    "vocab": {piece.piece: index for index, piece in enumerate(pieces)},
                    "merges": merges_of(pieces),
                },
            }
        )
    )


def main():
    data = train()
    processor = sentencepiece.SentencePieceProcessor(model_proto=data)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(data)
    pieces = list(proto.pieces)
    schemes = {}
    for name, scheme in SCHEMES.items():
        rust = tokenizer_of(pieces, scheme)
        ids = [rust.encode(text, add_special_tokens=False).ids for text in TEXTS + TEMPLATES]
        schemes[name] = {**scheme, "ids": ids, "decoded": [rust.decode(each) for each in ids]}
    golden = {
        "tokens": [piece.piece for piece in pieces],
        "scores": [piece.score for piece in pieces],
        "types": [piece.type for piece in pieces],
        "texts": TEXTS,
        "templates": TEMPLATES,
        "sentencepiece": [processor.encode(text) for text in TEXTS],
        "schemes": schemes,
    }
    with open(GOLDEN, "w", encoding="utf-8") as file:
        lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=True)}" for key, value in golden.items()]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(pieces)} pieces, {len(TEXTS)} texts, {len(schemes)} schemes")


if __name__ == "__main__":
    main()
