"""A Helium client in Python, made from the proto files alone.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python client.py 127.0.0.1:7420
    .venv/bin/python client.py helium.example.org:7420 --tls-ca ca.crt --token-file token

It submits a workflow, watches it, breaks the watch off and resumes it from the cursor, sends the same
request again, and cancels a second run. It exits with 1 if anything is not as the proto says.
"""

import argparse
import pathlib
import sys
import uuid

import grpc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
sys.path.insert(0, str(PROTO))
run_messages, run_services = grpc.protos_and_services("helium/v1/run.proto")
workflow_messages = grpc.protos("helium/v1/workflow.proto")
common_messages = grpc.protos("helium/v1/common.proto")

Operator = workflow_messages.Operator
Segment = workflow_messages.Segment


def message(role, *parts):
    content = [Segment(ref=p[1:]) if p.startswith("$") else Segment(text=p) for p in parts]
    return workflow_messages.MessageTemplate(role=role, content=content)


def llm(operator_id, max_tokens, *messages):
    operator = workflow_messages.LlmOperator(messages=messages, max_tokens=max_tokens)
    return Operator(id=operator_id, llm=operator)


def review_workflow():
    """A draft, two critics, a final answer: four calls a row."""
    system, user = common_messages.ROLE_SYSTEM, common_messages.ROLE_USER
    critics = [
        llm(f"critic-{name}", 32, message(system, f"You are a {name} critic. Be brief."),
            message(user, "Question: ", "$question", "\nAnswer: ", "$draft", "\nWhat is wrong with it?"))
        for name in ("strict", "kind")
    ]
    return workflow_messages.Workflow(name="review", operators=[
        Operator(id="question", input=workflow_messages.InputOperator(field="question")),
        llm("draft", 32, message(system, "Answer in one sentence."), message(user, "$question")),
        *critics,
        llm("final", 48, message(system, "Improve the answer."),
            message(user, "Question: ", "$question", "\nDraft: ", "$draft",
                    "\nCritics: ", "$critic-strict", "\n", "$critic-kind")),
        Operator(id="out", output=workflow_messages.OutputOperator(name="answer", value="final")),
    ])


def request(questions):
    rows = [workflow_messages.Row(fields={"question": q}) for q in questions]
    return run_messages.CreateRunRequest(
        request_id=str(uuid.uuid4()), workflow=review_workflow(), rows=rows,
        options=run_messages.RunOptions(stream_deltas=True, bypass_prompt_cache=True))


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what)
    if not condition:
        sys.exit(1)


class TokenFile(grpc.AuthMetadataPlugin):
    """Shows the token of a file with every call, read anew: it may be replaced while this runs."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def __call__(self, context, callback):
        callback((("authorization", f"Bearer {self.path.read_text().strip()}"),), None)


def connect(args):
    read = lambda path: path and pathlib.Path(path).read_bytes()
    if args.tls_ca:
        credentials = grpc.ssl_channel_credentials(read(args.tls_ca), read(args.tls_key), read(args.tls_cert))
    elif args.token_file:
        # Plain TCP that goes nowhere but to this machine: grpcio sends tokens over no other.
        credentials = grpc.local_channel_credentials()
    else:
        return grpc.insecure_channel(args.address)
    if args.token_file:
        token = grpc.metadata_call_credentials(TokenFile(args.token_file))
        credentials = grpc.composite_channel_credentials(credentials, token)
    override = [("grpc.ssl_target_name_override", args.tls_server_name)] if args.tls_server_name else []
    return grpc.secure_channel(args.address, credentials, options=override)


def main(args):
    runs = run_services.RunServiceStub(connect(args))
    created = request(["Why is the sky blue?", "What does a bank do?"])
    run = runs.CreateRun(created, timeout=30)
    print(f"created {run.name}")

    # Watch a while, break off, resume from the cursor of the last event seen.
    first, stream = [], runs.WatchRun(run_messages.WatchRunRequest(name=run.name))
    for event in stream:
        first.append(event)
        if event.WhichOneof("event") == "call_finished":
            stream.cancel()
            break
    cursor = first[-1].cursor
    rest = list(runs.WatchRun(run_messages.WatchRunRequest(name=run.name, cursor=cursor)))
    cursors = [e.cursor for e in first + rest]
    check(cursors == sorted(set(cursors)), f"resumed after cursor {cursor}: {len(rest)} events, none twice")
    outputs = [e.output for e in first + rest if e.WhichOneof("event") == "output"]
    check(sorted((o.row, o.name) for o in outputs) == [(0, "answer"), (1, "answer")], "each output once")
    for output in outputs:
        print(f"      row {output.row}: {output.text.strip()[:100]}")
    check(rest[-1].WhichOneof("event") == "finished", "the terminal event is last")
    summary = rest[-1].finished.summary
    check(summary.operators.submitted == 8, f"operators: {summary.operators}".replace("\n", " "))

    again = runs.CreateRun(created, timeout=30)
    check(again.name == run.name, "the same request_id gives the same run")

    slow = runs.CreateRun(request([f"Tell me about the number {n}." for n in range(40)]), timeout=30)
    cancelled = runs.CancelRun(run_messages.CancelRunRequest(name=slow.name, reason="enough"), timeout=30)
    last = list(runs.WatchRun(run_messages.WatchRunRequest(name=cancelled.name)))[-1]
    state = run_messages.RunState.Name(last.finished.state)
    check(state == "RUN_STATE_CANCELLED", f"cancelled: {state}, {last.finished.error.message}")

    try:
        runs.GetRun(run_messages.GetRunRequest(name="runs/unknown"), timeout=30)
        check(False, "an unknown run is refused")
    except grpc.RpcError as error:
        check(error.code() == grpc.StatusCode.NOT_FOUND, f"an unknown run is refused: {error.details()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Runs a workflow on a Helium coordinator.")
    parser.add_argument("address", nargs="?", default="127.0.0.1:7420")
    parser.add_argument("--token-file", help="file of the token that the coordinator knows this client by")
    parser.add_argument("--tls-ca", help="PEM file of who signed the coordinator's certificate")
    parser.add_argument("--tls-cert", help="PEM file of an own certificate, where the coordinator asks for one")
    parser.add_argument("--tls-key", help="PEM file of its key")
    parser.add_argument("--tls-server-name", help="what the coordinator's certificate is of, if not its address")
    main(parser.parse_args())
