"""An AWS account on the emulator, and scripts/deploy and scripts/destroy run in it."""

import os
import pathlib
import shutil
import subprocess
import sys
import time
import uuid

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = ROOT / ".local" / "checks" / "bin"
ACCOUNT, REGION = "123456789012", "eu-central-1"

# What a module needs to talk to the emulator instead of AWS.
OVERRIDE = """
provider "aws" {
  skip_metadata_api_check = true
  s3_use_path_style       = true
}

provider "aws" {
  alias                   = "us_east_1"
  skip_metadata_api_check = true
  s3_use_path_style       = true
}

terraform {
  backend "s3" {
    use_path_style          = true
    skip_metadata_api_check = true
  }
}
"""

# Stands for Docker: records how it is called, and on push puts an image into the registry. While the file named
# "broken" is beside it, no push succeeds.
DOCKER = """#!/bin/bash
set -euo pipefail
here=$(dirname "$0")
printf '%s\\n' "$*" >>"$here/calls"
case $1 in
login) cat >/dev/null ;;
push)
    [[ ! -f $here/broken ]] || { echo 'denied: no basic auth credentials' >&2; exit 1; }
    path=${2#*/}
    type=application/vnd.docker.distribution.manifest.v2+json
    aws ecr put-image --repository-name "${path%:*}" --image-tag "${path##*:}" \\
        --image-manifest '{"schemaVersion": 2, "mediaType": "'"$type"'", "config": {"digest": "'"$RANDOM"'"}}' >/dev/null
    ;;
esac
"""


class Account:
    """Where the scripts run: an emulator, a copy of the module, and a folder with the commands in PATH."""

    def __init__(self, endpoint, folder):
        self.endpoint = endpoint
        self.name = "t" + uuid.uuid4().hex[:8]
        self.commands = folder / "commands"
        self.commands.mkdir()
        (self.commands / "docker").write_text(DOCKER)
        (self.commands / "docker").chmod(0o755)
        (self.commands / "aws").symlink_to(CHECKS / "aws")
        self.module = folder / "module"
        own = shutil.ignore_patterns(".terraform*", "*.tfvars", "*.tfstate*")
        shutil.copytree(ROOT / "terraform", self.module, ignore=own)
        (self.module / "emulator_override.tf").write_text(OVERRIDE)
        self.environment = {
            "PATH": f"{self.commands}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_ACCESS_KEY_ID": "AKIAFRAMELAKELOCAL00",
            "AWS_SECRET_ACCESS_KEY": "local-secret-access-key",
            "AWS_EC2_METADATA_DISABLED": "true",
            "FRAMELAKE_TERRAFORM_MODULE": str(self.module),
        }
        if "TF_CLI_CONFIG_FILE" in os.environ:
            self.environment["TF_CLI_CONFIG_FILE"] = os.environ["TF_CLI_CONFIG_FILE"]

    def run(self, script, *arguments, answer="", **variables):
        """A script's exit code and all that it said."""
        done = subprocess.run(
            [ROOT / "scripts" / script, *arguments], env=self.environment | variables, input=answer, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )
        return done.returncode, done.stdout

    def succeeds(self, script, *arguments, **options):
        code, said = self.run(script, *arguments, **options)
        assert code == 0, said
        return said

    def refuses(self, script, *arguments, **options):
        code, said = self.run(script, *arguments, **options)
        assert code == 1, (code, said)
        return said

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="AKIAFRAMELAKELOCAL00",
            aws_secret_access_key="local-secret-access-key", config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def docker_calls(self):
        calls = self.commands / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def buckets(self):
        return sorted(bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"])

    def state_bucket(self):
        return f"framelake-state-{ACCOUNT}"

    def objects(self, bucket):
        found = self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        return {each["Key"]: each["ETag"] for each in found}

    def remove(self):
        shutil.rmtree(ROOT / ".local" / "deploy" / f"{ACCOUNT}-{self.name}", ignore_errors=True)


@pytest.fixture
def make_account(tmp_path):
    """Makes an account on an emulator of its own, started with the options given."""
    assert (CHECKS / "aws").exists(), "the AWS CLI is not here: scripts/setup --checks"
    assert shutil.which("terraform"), "terraform is not in PATH"
    emulators, accounts = [], []

    def make(*options):
        folder = tmp_path / f"account-{len(accounts)}"
        folder.mkdir()
        port_file = folder / "port"
        emulator = [sys.executable, ROOT / "scripts/local/emulator.py", "--port", "0", "--port-file", port_file]
        with open(folder / "emulator.log", "wb") as log:
            # The programs run in the region of the deployments.
            region = os.environ | {"AWS_DEFAULT_REGION": REGION}
            emulator = subprocess.Popen([*emulator, *options], stdout=log, stderr=log, env=region)
        emulators.append(emulator)
        deadline = time.monotonic() + 120
        while not port_file.exists():
            assert emulator.poll() is None and time.monotonic() < deadline, (folder / "emulator.log").read_text()
            time.sleep(0.05)
        accounts.append(Account(f"http://127.0.0.1:{port_file.read_text().strip()}", folder))
        return accounts[-1]

    yield make
    for account in accounts:
        account.remove()
    for emulator in emulators:
        emulator.terminate()
        emulator.wait(timeout=60)


@pytest.fixture
def account(make_account):
    return make_account()


@pytest.fixture
def no_account(tmp_path):
    """For what must end before AWS is asked: nothing answers at its endpoint."""
    return Account("http://127.0.0.1:1", tmp_path)
