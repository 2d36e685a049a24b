"""What scripts/deploy and scripts/destroy say and leave alone when they cannot or must not go on."""

import json
import pathlib
import shutil
import subprocess

import pytest
from conftest import REGION, ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["deploy"], ["deploy", "dev", REGION, "more"], ["deploy", "dev", "--unknown"],
        ["deploy", "dev", "-var", "novalue"],
        ["destroy"], ["destroy", "dev", REGION], ["destroy", "dev", "-var"],
    ],
)
def test_wrong_usage(command):
    done = subprocess.run([ROOT / "scripts" / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 64 and done.stderr.startswith(f"usage: scripts/{command[0]} ENVIRONMENT")


@pytest.mark.parametrize("script", ["deploy", "destroy"])
def test_a_name_that_terraform_would_refuse(script):
    done = subprocess.run([ROOT / "scripts" / script, "Prod_1"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and '"Prod_1" cannot name an environment' in done.stderr


def test_no_cloud_is_asked_for_a_region_that_cannot_be(no_account):
    said = no_account.refuses("deploy", no_account.name, "frankfurt")
    assert '"frankfurt" is not the name of an AWS region' in said


def test_the_first_deployment_needs_a_region(account):
    assert "is not deployed yet: name its region" in account.refuses("deploy", account.name)
    assert account.buckets() == []


@pytest.mark.parametrize("script", ["deploy", "destroy"])
@pytest.mark.parametrize(
    "keys, reason",
    [({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"), ({"AWS_ACCESS_KEY_ID": ""}, "credentials")],
)
def test_wrong_credentials(account, script, keys, reason):
    arguments = [account.name, REGION] if script == "deploy" else [account.name]
    said = account.refuses(script, *arguments, **keys)
    assert "AWS does not accept the credentials" in said and reason in said and "aws configure" in said
    assert account.docker_calls() in ([], ["info"])


@pytest.mark.parametrize("tool", ["aws", "terraform", "docker"])
def test_a_missing_tool_is_named(no_account, tmp_path, tool):
    tools = {"aws", "terraform", "docker"}
    commands = tmp_path / "system"
    commands.mkdir()
    for path in pathlib.Path("/usr/bin").iterdir():
        if path.name not in tools | {"podman", "buildah"}:
            (commands / path.name).symlink_to(path)
    for name in tools - {tool}:
        (commands / name).symlink_to(shutil.which(name, path=no_account.environment["PATH"]))
    said = no_account.refuses("deploy", no_account.name, REGION, PATH=str(commands))
    assert tool in said and ("is not in PATH" in said or "none of docker" in said)


def test_a_plan_from_nothing_changes_nothing(account):
    said = account.succeeds("deploy", account.name, REGION, "--plan")
    assert "would be made" in said and "to add, 0 to change, 0 to destroy" in said and "Nothing was changed" in said
    assert account.buckets() == [] and account.docker_calls() == []


def test_a_held_lock_refuses_the_deployment(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket=account.state_bucket(), CreateBucketConfiguration={"LocationConstraint": REGION})
    lock = {"ID": "1b6d", "Operation": "OperationTypeApply", "Who": "ann@desk", "Version": "1.11.0",
            "Created": "2026-01-02T03:04:05Z", "Path": "state"}
    key = f"{account.name}/terraform.tfstate.tflock"
    s3.put_object(Bucket=account.state_bucket(), Key=key, Body=json.dumps(lock))
    said = account.refuses("deploy", account.name, REGION)
    assert "is being changed by someone else" in said and "ann@desk" in said and key in said
    assert f"{account.name}/terraform.tfstate" not in account.objects(account.state_bucket())
    assert not [call for call in account.docker_calls() if call.startswith("push")]


def test_the_state_bucket_is_private_versioned_and_encrypted(account):
    """Made although the run fails later: here no repository can be made, the module is broken."""
    (account.module / "broken.tf").write_text("resource {}")
    account.refuses("deploy", account.name, REGION)
    s3, name = account.client("s3"), account.state_bucket()
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == REGION


def test_an_environment_does_not_move_to_another_region(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket=account.state_bucket(), CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=account.state_bucket(), Key=f"{account.name}/region", Body=b"eu-west-1\n")
    said = account.refuses("deploy", account.name, REGION)
    assert f"{account.name} is in eu-west-1; it cannot move to {REGION}" in said


def test_there_is_nothing_to_destroy(account):
    assert f"Nothing of {account.name} is deployed" in account.succeeds("destroy", account.name, "--yes")
