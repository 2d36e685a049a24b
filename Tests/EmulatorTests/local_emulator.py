"""The emulator as a process of its own on a free port, and boto3 clients of it; for every test that needs one."""

import contextlib
import pathlib
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "local"))

ACCESS_KEY, SECRET_KEY = "AKIAFRAMELAKELOCAL00", "local-secret-access-key"


@contextlib.contextmanager
def emulator(folder, *options):
    """Yields the endpoint of an emulator that ends with the block."""
    port_file = folder / "port"
    command = [sys.executable, ROOT / "scripts/local/emulator.py", "--port", "0", "--port-file", port_file, *options]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not port_file.exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/_emulator/health", timeout=60)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


def make_client(endpoint, service, access_key=ACCESS_KEY, secret_key=SECRET_KEY, token=None, **settings):
    settings = {"proxies": {}, "retries": {"total_max_attempts": 1}, "read_timeout": 60, **settings}
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=Config(**settings),
    )


def eventually(found, what, seconds=60):
    """Asks until there is an answer that counts as true, and gives it."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.05)
    return value
