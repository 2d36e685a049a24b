"""scripts/fetch-models against an HTTP server of its own."""
import hashlib
import http.server
import json
import pathlib
import subprocess
import sys
import threading

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "fetch-models"
CONTENT = b"not really a network" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(tmp_path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/missing.onnx":
                self.send_error(404)
                return
            self.send_response(200)
            length = len(CONTENT) * (2 if self.path == "/short.onnx" else 1)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http_server.server_port}"
        http_server.shutdown()
        thread.join()


def fetch(tmp_path, url, digest, *options):
    catalogue = tmp_path / "models.json"
    manifest = {"family": "yolox", "file": "m.onnx", "labels": "coco", "licence": "Apache-2.0"}
    catalogue.write_text(json.dumps({"models": [{"name": "m", "url": url, "sha256": digest, "manifest": manifest}]}))
    return subprocess.run(
        [sys.executable, SCRIPT, "--list", catalogue, "--to", tmp_path / "to", *options],
        capture_output=True, text=True, check=False)


def test_a_model_lies_beside_its_manifest(server, tmp_path):
    result = fetch(tmp_path, f"{server}/m.onnx", DIGEST, "m")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "to" / "m.onnx").read_bytes() == CONTENT
    manifest = json.loads((tmp_path / "to" / "m.json").read_text())
    assert manifest["sha256"] == DIGEST and manifest["family"] == "yolox"
    assert sorted(file.name for file in (tmp_path / "to").iterdir()) == ["m.json", "m.onnx"]


def test_the_first_download_pins_when_told_to(server, tmp_path):
    result = fetch(tmp_path, f"{server}/m.onnx", None, "m")
    assert result.returncode == 0 and DIGEST in result.stdout and "--pin" in result.stdout
    assert json.loads((tmp_path / "models.json").read_text())["models"][0]["sha256"] is None
    result = fetch(tmp_path, f"{server}/m.onnx", None, "m", "--pin")
    assert result.returncode == 0
    assert json.loads((tmp_path / "models.json").read_text())["models"][0]["sha256"] == DIGEST


@pytest.mark.parametrize(
    ("path", "digest", "name", "code", "part"),
    [
        ("/m.onnx", "0" * 64, "m", 65, DIGEST),
        ("/missing.onnx", None, "m", 69, "404"),
        ("/short.onnx", None, "m", 69, "bytes"),
        ("/m.onnx", None, "n", 64, "no model n"),
    ],
)
def test_what_is_wrong_is_not_kept(server, tmp_path, path, digest, name, code, part):
    result = fetch(tmp_path, server + path, digest, name)
    assert result.returncode == code
    assert part in result.stderr
    assert not (tmp_path / "to").exists() or not list((tmp_path / "to").iterdir())


def test_without_a_name_the_models_are_listed(server, tmp_path):
    result = fetch(tmp_path, f"{server}/m.onnx", DIGEST)
    assert result.returncode == 0 and "m  yolox  Apache-2.0" in result.stdout
