"""Far more requests at once than the service has slots for."""

import concurrent.futures
import json
import urllib.error
import urllib.request

from bench import eventually
from soak import SLOTS
from watch import children, folders_of_runs, memory, open_files

VIDEOS = 8
REQUESTS = 240
AT_ONCE = 60
# What it may hold beyond its state at rest: its threads, buffers and answers, not a part for each request.
MEMORY_MEGABYTES = 64


def ask(bench, key, wait):
    """Status, headers and body of the answer to POST /analyze."""
    body = json.dumps({"s3_bucket": bench.bucket, "s3_key": key}).encode()
    headers = {"Content-Type": "application/json", **({} if wait else {"Prefer": "respond-async"})}
    request = urllib.request.Request(f"{bench.api.url}/analyze", body, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=300) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def completed(bench):
    return bench.query("SELECT count(*) FROM apps_db_video WHERE status = 'COMPLETED'")[0][0]


def test_a_flood_is_refused_in_order_and_all_is_done_in_the_end(bench, shorts):
    bench.start()
    file = shorts["square"]
    bench.put([f"flood-{index}" for index in range(VIDEOS)], [file] * VIDEOS)
    keys = [f"videos/flood-{index}{file.suffix}" for index in range(VIDEOS)]
    eventually(lambda: ready(bench), "the service is not ready")
    service = bench.service.pid
    at_rest = memory(service, "VmRSS"), open_files(service)

    def asked(index):
        # Some hold their connection until the rows are committed, as a caller without Prefer does.
        answer = ask(bench, keys[index % VIDEOS], wait=index % 5 == 0)
        return answer, len(children(service)), folders_of_runs(bench.work)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(asked, range(REQUESTS)))
    refused = [answer for answer, *_ in answers if answer[0] == 503]
    accepted = [answer for answer, *_ in answers if answer[0] in (200, 202)]
    assert refused and accepted and len(refused) + len(accepted) == REQUESTS, bench.logs()
    for _, headers, body in refused:
        assert body["code"] == "at_capacity" and int(headers["Retry-After"]) > 0, body
    assert max(count for _, count, _ in answers) <= SLOTS
    assert max(count for *_, count in answers) <= SLOTS
    # Who was refused asks again, and every video is analysed once.
    for key in keys:
        eventually(lambda key=key: ask(bench, key, wait=True)[0] == 200, f"{key} is refused for ever", 300)
    assert completed(bench) == str(VIDEOS)
    assert bench.query("SELECT count(*), max(attempt) FROM apps_db_videoanalysis") == [[str(VIDEOS), "1"]]
    assert memory(service, "VmHWM") - at_rest[0] < MEMORY_MEGABYTES
    # Connections to the database and S3 are kept; those of the callers are not.
    eventually(lambda: open_files(service) <= at_rest[1] + 24, lambda: f"{open_files(service)} files stay open")
    # The uploads' own events meet what is done already.
    assert bench.drain_until_empty() == 0, bench.logs()
    assert bench.query("SELECT count(*) FROM apps_db_videoanalysis") == [[str(VIDEOS)]]
    bench.expect_nothing_left()


def ready(bench):
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{bench.api.url}/ready", timeout=60).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True
