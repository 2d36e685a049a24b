"""With --programs the emulator runs jobs, tasks and functions as processes; here of a program made for the tests."""

import functools
import json
import os
import pathlib
import stat
import sys
import uuid

import pytest
from local_emulator import emulator, eventually, make_client

WORKER = pathlib.Path(__file__).with_name("worker.py")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/capstone-dev/worker:1.2.3"
ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    programs = tmp_path_factory.mktemp("programs")
    worker = programs / "worker"
    worker.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{WORKER}" "$@"\n')
    worker.chmod(worker.stat().st_mode | stat.S_IXUSR)
    folder = tmp_path_factory.mktemp("emulator")
    with emulator(folder, "--programs", programs, "--logs", folder / "logs") as url:
        yield functools.partial(make_client, url)


@pytest.fixture
def name():
    return f"name-{uuid.uuid4()}"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def left_in(out):
    eventually(out.exists, f"{out} was not written")
    return json.loads(out.read_text())


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


# --- Batch ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def job_queue(client):
    batch, ec2 = client("batch"), client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="jobs", Description="jobs")["GroupId"]
    resources = {"type": "FARGATE", "maxvCpus": 4, "subnets": [subnet], "securityGroupIds": [group]}
    environment = batch.create_compute_environment(
        computeEnvironmentName="jobs", type="MANAGED", computeResources=resources
    )["computeEnvironmentArn"]
    order = [{"order": 1, "computeEnvironment": environment}]
    batch.create_job_queue(jobQueueName="jobs", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    return "jobs"


@pytest.fixture
def submit(client, job_queue, name):
    """Registers a definition, submits a job and gives a function that says what became of it."""
    batch = client("batch")

    def make(command, environment=(), secrets=(), overrides=None, image=IMAGE, **settings):
        container = {
            "image": image,
            "command": command,
            "environment": [{"name": key, "value": str(value)} for key, value in dict(environment).items()],
            "secrets": list(secrets),
            "resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}],
        }
        batch.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties=container, **settings
        )
        more = {"containerOverrides": overrides} if overrides else {}
        job = batch.submit_job(jobName=name, jobQueue=job_queue, jobDefinition=name, **more)["jobId"]
        return job, lambda: batch.describe_jobs(jobs=[job])["jobs"][0]

    return make


def end_of(described):
    eventually(lambda: described()["status"] in ("SUCCEEDED", "FAILED"), "the job did not end")
    return described()


def test_a_job_runs_with_its_environment_overrides_and_secrets(client, submit, out):
    secret = client("secretsmanager").create_secret(Name=f"secret-{uuid.uuid4()}", SecretString="hidden")["ARN"]
    job, described = submit(
        ["exit", "1"],
        {"OUT": out, "A": "definition", "B": "definition"},
        [{"name": "TOKEN", "valueFrom": secret}],
        {"command": ["environment"], "environment": [{"name": "B", "value": "override"}]},
    )
    ended = end_of(described)
    environment = left_in(out)
    assert (ended["status"], ended["container"]["exitCode"]) == ("SUCCEEDED", 0)
    assert [environment[key] for key in ("A", "B", "TOKEN")] == ["definition", "override", "hidden"]
    assert (environment["AWS_BATCH_JOB_ID"], environment["AWS_BATCH_JOB_ATTEMPT"]) == (job, "1")
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    "evaluate, runs",
    [
        ([], 3),
        ([{"action": "EXIT", "onExitCode": "*"}], 1),
        ([{"action": "EXIT", "onExitCode": "1"}, {"action": "RETRY", "onExitCode": "7*"}], 3),
        ([{"action": "RETRY", "onStatusReason": "Your Spot*"}, {"action": "EXIT", "onExitCode": "*"}], 1),
    ],
)
def test_the_retry_strategy_decides_on_another_attempt(submit, out, evaluate, runs):
    _, described = submit(["exit", "7"], {"OUT": out}, retryStrategy={"attempts": 3, "evaluateOnExit": evaluate})
    ended = end_of(described)
    assert (ended["status"], ended["container"]["exitCode"], len(ended["attempts"])) == ("FAILED", 7, runs)
    assert left_in(out) == runs


def test_a_terminated_job_gets_sigterm_and_no_other_attempt(client, submit, out):
    job, described = submit(["wait"], {"OUT": out}, retryStrategy={"attempts": 3})
    pid = left_in(out)["pid"]
    assert described()["status"] == "RUNNING"
    client("batch").terminate_job(jobId=job, reason="enough")
    ended = end_of(described)
    assert (ended["status"], ended["statusReason"], len(ended["attempts"])) == ("FAILED", "enough", 1)
    assert not lives(pid)


def test_a_job_that_takes_too_long_is_ended(submit, out):
    _, described = submit(["wait"], {"OUT": out}, timeout={"attemptDurationSeconds": 1}, retryStrategy={"attempts": 3})
    ended = end_of(described)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert len(ended["attempts"]) == 1


def test_a_job_whose_image_is_missing_fails_with_the_reason(submit):
    _, described = submit(["exit", "0"], image=IMAGE.replace("worker", "missing"))
    ended = end_of(described)
    assert ended["status"] == "FAILED" and ended["statusReason"].startswith("CannotStartContainerError")


def test_a_failed_job_is_told_to_event_bridge(client, submit, out, name):
    sqs, events = client("sqs"), client("events")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    pattern = {"source": ["aws.batch"], "detail": {"status": ["FAILED"], "jobName": [name]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:123456789012:{name}"}])
    job, _ = submit(["exit", "1"], {"OUT": out})
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages"), "no event")
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"]["jobId"]) == ("Batch Job State Change", job)


# --- ECS -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def definition(client, name, out):
    container = {
        "name": "main",
        "image": IMAGE,
        "command": ["wait"],
        "memory": 128,
        "environment": [{"name": "OUT", "value": str(out)}, {"name": "WORK_DIR", "value": "/work"}],
        "mountPoints": [{"sourceVolume": "work", "containerPath": "/work"}],
    }
    client("ecs").create_cluster(clusterName=name)
    client("ecs").register_task_definition(family=name, containerDefinitions=[container], volumes=[{"name": "work"}])
    return name


def test_a_services_task_is_started_again_and_ends_with_the_service(client, definition, out):
    ecs = client("ecs")
    ecs.create_service(cluster=definition, serviceName=definition, taskDefinition=definition, desiredCount=1)
    first = left_in(out)
    assert os.path.isdir(first["WORK_DIR"]) and first["WORK_DIR"] != "/work"

    def counts():
        (service,) = ecs.describe_services(cluster=definition, services=[definition])["services"]
        return service["runningCount"], service["pendingCount"]

    eventually(lambda: counts() == (1, 0), "the service does not tell of its task")
    out.unlink()
    os.kill(first["pid"], 9)
    second = left_in(out)
    assert second["pid"] != first["pid"]
    ecs.update_service(cluster=definition, service=definition, desiredCount=0)
    eventually(lambda: not lives(second["pid"]), "a task that is not desired goes on")
    assert counts() == (0, 0)


def test_a_task_of_its_own_ends_with_its_exit_code(client, definition):
    ecs = client("ecs")
    override = {"containerOverrides": [{"name": "main", "command": ["exit", "3"]}]}
    task = ecs.run_task(cluster=definition, taskDefinition=definition, launchType="FARGATE", overrides=override)
    arn = task["tasks"][0]["taskArn"]

    def described():
        return ecs.describe_tasks(cluster=definition, tasks=[arn])["tasks"][0]

    eventually(lambda: described()["lastStatus"] == "STOPPED", "the task did not stop")
    assert described()["containers"][0]["exitCode"] == 3


def test_a_stopped_task_is_ended(client, definition, out):
    ecs = client("ecs")
    task = ecs.run_task(cluster=definition, taskDefinition=definition, launchType="FARGATE")["tasks"][0]["taskArn"]
    pid = left_in(out)["pid"]
    ecs.stop_task(cluster=definition, task=task, reason="enough")
    eventually(lambda: not lives(pid), "the stopped task goes on")


# --- Lambda --------------------------------------------------------------------------------------------------------


@pytest.fixture
def make_function(client, name, out):
    def make(command=("serve",), image=IMAGE, timeout=60):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        return client("lambda").create_function(
            FunctionName=name,
            Role=f"arn:aws:iam::123456789012:role/{name}",
            PackageType="Image",
            Code={"ImageUri": image},
            ImageConfig={"Command": list(command)},
            Environment={"Variables": {"OUT": str(out)}},
            Timeout=timeout,
        )["FunctionArn"]

    return make


@pytest.fixture
def function(make_function):
    return make_function()


@pytest.fixture
def invoke(client, name):
    def invoke(event):
        answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.load(answer["Payload"])

    return invoke


def test_a_function_answers_and_fails_and_is_started_again(function, invoke):
    assert invoke({"a": 1}) == (None, {"a": 1})
    assert invoke({"fail": True}) == ("Unhandled", {"fail": True})
    error, told = invoke({"exit": 4})
    assert (error, told["errorType"]) == ("Unhandled", "Runtime.ExitError") and "status 4" in told["errorMessage"]
    assert invoke({"a": 2}) == (None, {"a": 2})


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({"command": ["exit", "1"]}, "Runtime.ExitError"),
        ({"image": IMAGE.replace("worker", "missing")}, "Runtime.InvalidEntrypoint"),
        ({"timeout": 1, "command": ["serve", "slowly"]}, "Sandbox.Timedout"),
    ],
)
def test_a_function_that_cannot_answer_fails(make_function, invoke, settings, expected):
    make_function(**settings)
    error, told = invoke({})
    assert (error, told["errorType"]) == ("Unhandled", expected)


def test_an_upload_invokes_the_function_that_a_rule_names(client, function, name, out):
    s3, events = client("s3", s3={"addressing_style": "path"}), client("events")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {"detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": function}])
    s3.put_object(Bucket=name, Key="videos/a b.mp4", Body=b"video")
    event = left_in(out)
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Created", "videos/a b.mp4")


def test_a_schedule_invokes_its_function(client, function, name, out):
    client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": ROLE},
    )
    assert left_in(out)["source"] == "aws.scheduler"


# --- All -----------------------------------------------------------------------------------------------------------


def test_the_processes_end_with_the_emulator(tmp_path, out):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "worker").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{WORKER}" "$@"\n')
    (programs / "worker").chmod(0o755)
    folder = tmp_path / "emulator"
    folder.mkdir()
    with emulator(folder, "--programs", programs, "--logs", folder / "logs") as url:
        ecs = make_client(url, "ecs")
        ecs.create_cluster(clusterName="main")
        container = {"name": "main", "image": IMAGE, "command": ["wait"], "memory": 128}
        container["environment"] = [{"name": "OUT", "value": str(out)}]
        ecs.register_task_definition(family="main", containerDefinitions=[container])
        ecs.create_service(cluster="main", serviceName="main", taskDefinition="main", desiredCount=1)
        pid = left_in(out)["pid"]
    assert not lives(pid)
