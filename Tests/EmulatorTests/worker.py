"""What an image of the tests holds: COMMAND [ARGUMENT], told by the environment which file to leave (OUT)."""

import json
import os
import signal
import sys
import time
import urllib.request


def leave(value):
    with open(os.environ["OUT"] + ".part", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(os.environ["OUT"] + ".part", os.environ["OUT"])


def exit_with(code):
    """Counts its runs in OUT."""
    runs = 0
    if os.path.exists(os.environ["OUT"]):
        with open(os.environ["OUT"], encoding="utf-8") as file:
            runs = json.load(file)
    leave(runs + 1)
    sys.exit(int(code))


def wait():
    """Until SIGTERM, which it answers with code 0."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    leave({"pid": os.getpid(), **os.environ})
    while True:
        time.sleep(0.1)


def serve(slowly=None):
    """A function that gives its event back, fails when told so, and ends when told so."""
    base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        with opener.open(f"{base}/next") as answer:
            identifier, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
        if slowly:
            time.sleep(600)
        if event.get("exit") is not None:
            sys.exit(event["exit"])
        if "OUT" in os.environ:
            leave(event)
        kind = "error" if event.get("fail") else "response"
        opener.open(urllib.request.Request(f"{base}/{identifier}/{kind}", data=json.dumps(event).encode()))


def environment():
    leave(dict(os.environ))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"environment": environment, "exit": exit_with, "wait": wait, "serve": serve}[command](*arguments)
