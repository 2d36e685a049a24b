"""The real service with hostile files: it answers everybody else meanwhile, and a good video among them completes."""

import json
import pathlib
import time
import urllib.error
import urllib.request

from bench import alive, children
from local_emulator import eventually
from media import sound

NASTY = [
    "count-stsz-constant-20M.mp4",
    "bomb-png-text.mkv",
    "bomb-laces-of-a-byte.mkv",
    "streams-10000.mp4",
    "size-sps.h264",
    "noise.mp4",
    "to-hls-host.mp4",
    "front-half.mp4",
]
# Of the service itself, whatever its children read.
MOST_MEMORY_KIB = 512 << 10


class Client:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __call__(self, path, body=None):
        """Status and JSON of the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def peak_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def test_hostile_files_cost_themselves(bench, corpus, trap):
    expected = {name: corpus[name].endings for name in NASTY if name in corpus}
    content = {name: corpus[name].make() for name in expected}
    cut = sound("front.mp4")
    content["front-half.mp4"], expected["front-half.mp4"] = cut[: len(cut) // 2], {"damaged"}
    content["good.mp4"], expected["good.mp4"] = sound("plain.mp4"), {"whole"}
    for name, data in content.items():
        bench.s3.put_object(Bucket=bench.bucket, Key=f"videos/{name}", Body=data)
    service = bench.start_service()
    ask = Client(service.port)
    eventually(lambda: ask("/ready")[0] == 200, bench.logs)

    waiting, running, ended = list(content), {}, {}
    deadline = time.monotonic() + 900
    while waiting or running:
        assert time.monotonic() < deadline, f"{waiting} {running}\n{bench.logs()}"
        # Whoever else asks is answered, whatever the children go through.
        for path in ("/health", "/ready", "/analyses", "/videos"):
            status, answer = ask(path)
            assert status == 200, f"{path} {status} {answer}\n{bench.logs()}"
        if waiting:
            status, answer = ask("/analyze", {"s3_bucket": bench.bucket, "s3_key": f"videos/{waiting[0]}"})
            assert status in (202, 503), f"{waiting[0]} {status} {answer}\n{bench.logs()}"
            if status == 202:
                running[waiting.pop(0)] = answer["analysis_id"]
            else:
                assert answer["code"] == "at_capacity", answer
        for name, identifier in list(running.items()):
            _, answer = ask(f"/analyses/{identifier}")
            if answer["status"] in ("completed", "failed"):
                ended[name] = answer
                del running[name]
        time.sleep(0.1)

    damaged = [line for line in service.log.read_text().splitlines() if "the video is damaged" in line]
    for name, answer in ended.items():
        if answer["status"] == "failed":
            assert answer["error"]["code"] in expected[name], (name, answer)
            assert answer["error"]["detail"].endswith("."), (name, answer)
        else:
            assert expected[name] & {"whole", "damaged"}, (name, answer)
    assert ended["front-half.mp4"]["status"] == "completed" and damaged, bench.logs()
    stored = bench.stored("good")
    assert ended["good.mp4"]["status"] == "completed" and stored.counts["frame_embeddings"] > 0, bench.logs()

    assert peak_kib(service.pid) < MOST_MEMORY_KIB, peak_kib(service.pid)
    assert trap.touched() == []
    eventually(lambda: not children(service.pid), "a child process goes on")
    assert alive(service.pid) and service.terminate() == 0, bench.logs()
    left = [path.name for path in bench.work.rglob("*") if path.name != ".lock"]
    assert not left, f"left in the work folder: {left}"
