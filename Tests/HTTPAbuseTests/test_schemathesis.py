"""schemathesis makes up requests from docs/openapi.yaml, right and wrong ones, and the service keeps to the document.

FRAMELAKE_SCHEMATHESIS_EXAMPLES makes the run longer; a fixed seed and no randomness make the short one the same every
time.
"""

import os
import subprocess

from conftest import BUCKET, ROOT, TOKEN, VIDEO_ID

FOLDER = ROOT / "Tests/HTTPAbuseTests"
EXAMPLES = int(os.environ.get("FRAMELAKE_SCHEMATHESIS_EXAMPLES", "0"))


def schemathesis(bench, tmp_path, *options):
    program = os.environ["FRAMELAKE_TEST_SCHEMATHESIS"]
    environment = {
        **os.environ,
        "FRAMELAKE_TEST_BUCKET": BUCKET,
        "FRAMELAKE_TEST_VIDEO": VIDEO_ID,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(FOLDER),
    }
    randomness = ["--seed", "5", "--generation-database", "none"] if EXAMPLES else ["--generation-deterministic"]
    command = [
        program, "--config-file", FOLDER / "schemathesis.toml", "run", ROOT / "docs/openapi.yaml",
        "--url", f"http://127.0.0.1:{bench.service.port}", *randomness, *options,
        # A machine under load is slow, and analyses once more what it is told to.
        "--suppress-health-check", "all", "--request-timeout", "300",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=3600)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_with_the_token(service, tmp_path):
    # What deletes the video comes last, by itself.
    options = ["--header", f"X-Internal-Token: {TOKEN}", "--max-examples", str(EXAMPLES or 10)]
    schemathesis(service, tmp_path, *options, "--exclude-operation-id", "deleteVideo")
    assert service.http.get(f"/videos/{VIDEO_ID}").status == 200
    schemathesis(service, tmp_path, *options, "--include-operation-id", "deleteVideo")


def test_without_the_token(service, tmp_path):
    schemathesis(service, tmp_path, "--phases", "fuzzing", "--max-examples", str(EXAMPLES // 10 or 5))
