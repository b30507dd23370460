"""Workloads a to d on vLLM's CPU engine; prints one JSON object shaped like `helium bench engine`'s.

usage: python vllm-engine.py HF_FOLDER WORKLOADS.json [--reps 3] [--eager] [--ngram TOKENS]
--ngram: drafts so many tokens from how a text went on before (vLLM's ngram speculator); 0: none.
compare.ts sets the environment: threads, KV memory.
"""

import argparse
import json
import os
import statistics
import time

BATCHES = (1, 4, 16, 32)
TICKS = os.sysconf("SC_CLK_TCK")


def machine_cpu():
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICKS


def peak_mib():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024


def speculation(tokens):
    if tokens == 0:
        return {}
    settings = {"method": "ngram", "num_speculative_tokens": tokens, "prompt_lookup_min": 2, "prompt_lookup_max": 4}
    return {"speculative_config": settings}


class Peer:
    def __init__(self, arguments):
        begun = time.perf_counter()
        from vllm import LLM, SamplingParams

        self.params = SamplingParams
        self.llm = LLM(
            model=arguments.model,
            skip_tokenizer_init=True,
            dtype="bfloat16",
            max_model_len=2048,
            max_num_seqs=64,
            max_num_batched_tokens=2048,
            enforce_eager=arguments.eager,
            enable_prefix_caching=True,
            seed=0,
            **speculation(arguments.ngram),
        )
        self.engine = self.llm.llm_engine
        self.load_s = time.perf_counter() - begun
        self.requests = 0

    def add(self, prompt, new_tokens):
        name = f"r{self.requests}"
        self.requests += 1
        params = self.params(temperature=0.0, max_tokens=new_tokens, ignore_eos=True, detokenize=False)
        self.engine.add_request(name, {"prompt_token_ids": prompt}, params)
        return name

    def run(self, calls, follow=lambda name, tokens: None):
        """Submits (prompt, new tokens) at once and steps until none is left; `follow` may add more.

        Gives seconds, and the tokens per second after every first call had its first token.
        """
        begun = time.perf_counter()
        waiting = {self.add(*call) for call in calls}
        lengths = {}
        first_at = None
        while self.engine.has_unfinished_requests():
            for output in self.engine.step():
                tokens = list(output.outputs[0].token_ids)
                lengths[output.request_id] = len(tokens)
                waiting.discard(output.request_id)
                if output.finished:
                    follow(output.request_id, tokens)
            if first_at is None and not waiting:
                first_at, before = time.perf_counter(), sum(lengths.values())
        ended = time.perf_counter()
        rate = (sum(lengths.values()) - before) / max(ended - first_at, 1e-9)
        return ended - begun, rate

    def forget(self):
        self.llm.reset_prefix_cache()

    def map_reduce(self, workloads):
        experts, questions = workloads["expert_system"], workloads["question"]
        asked = [(q, e) for q in range(len(questions)) for e in range(len(experts))]
        base = self.requests
        outputs = {}

        def follow(name, tokens):
            call = int(name[1:]) - base
            if call >= len(asked):
                return
            outputs[asked[call]] = tokens
            q = asked[call][0]
            own = [outputs.get((q, e)) for e in range(len(experts))]
            if all(own):
                self.add(workloads["summary_system"] + questions[q] + sum(own, []), 64)

        calls = [(experts[e] + questions[q], 48) for q, e in asked]
        return self.run(calls, follow)[0]


def measure(peer, workloads, reps):
    shared = [(workloads["shared_prefix"] + tail, 64) for tail in workloads["shared_tail"]]
    decode = [(prompt, 64) for prompt in workloads["decode"]]
    values = {"a": [], "cold": [], "warm": [], "d": [], **{batch: [] for batch in BATCHES}}
    for batch in BATCHES:
        peer.run(decode[:batch])
    peer.run([(workloads["prefill"], 1)])
    wall, own, machine = time.perf_counter(), time.process_time(), machine_cpu()
    for _ in range(reps):
        peer.forget()
        values["a"].append(len(workloads["prefill"]) / peer.run([(workloads["prefill"], 1)])[0])
        for batch in BATCHES:
            peer.forget()
            values[batch].append(peer.run(decode[:batch])[1])
        peer.forget()
        values["cold"].append(peer.run(shared)[0])
        values["warm"].append(peer.run(shared)[0])
        peer.forget()
        values["d"].append(peer.map_reduce(workloads))
    own = time.process_time() - own
    times = {
        "wall_s": time.perf_counter() - wall,
        "own_cpu_s": own,
        "foreign_cpu_s": max(0, machine_cpu() - machine - own),
    }
    return values, times


def report(values, pick):
    return {
        "prefill_tok_s": pick(values["a"]),
        "decode_tok_s": {str(batch): pick(values[batch]) for batch in BATCHES},
        "shared_s": {"cold": pick(values["cold"]), "warm": pick(values["warm"])},
        "mapreduce_s": pick(values["d"]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("workloads")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--ngram", type=int, default=0)
    arguments = parser.parse_args()
    workloads = json.load(open(arguments.workloads))
    # The library prints to standard output: the report is the only line there.
    out = os.dup(1)
    os.dup2(2, 1)
    peer = Peer(arguments)
    values, times = measure(peer, workloads, arguments.reps)
    line = {
        **report(values, statistics.median),
        "load_s": peer.load_s,
        "peak_rss_mib": peak_mib(),
        **times,
        "min": report(values, min),
        "max": report(values, max),
    }
    os.write(out, (json.dumps(line) + "\n").encode())


main()
