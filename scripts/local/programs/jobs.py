"""Batch jobs: attempts of a process, by the job definition's retry strategy and timeout."""

import datetime
import fnmatch
import time

from mends import events
from moto.batch.models import Job, JobStatus

from .processes import STOP_SECONDS, container_environment, exit_code

def install(processes):
    def run(job):
        try:
            succeeded = _run(job, processes)
        except Exception as error:
            job.job_stopped_reason = f"CannotStartContainerError: {error}"
            succeeded = False
        job._mark_stopped(succeeded)
        account, region = job.backend.account_id, job.backend.region_name
        detail = job.describe() | {"jobQueue": job.job_queue.arn}
        events.publish(account, region, "aws.batch", "Batch Job State Change", [job.arn], detail)

    Job.run = run


def _run(job, processes):
    """Every attempt; true when the last one succeeded."""
    account, region = job.backend.account_id, job.backend.region_name
    properties = job.job_definition.container_properties
    overrides = job.container_overrides
    environment = container_environment(properties, account, region)
    environment |= {each["name"]: each["value"] for each in overrides.get("environment") or []}
    environment |= {"AWS_BATCH_JOB_ID": job.job_id, "AWS_BATCH_JQ_NAME": job.job_queue.name}
    command = job._add_parameters_to_command(overrides.get("command") or properties["command"])
    strategy = job.job_definition.retry_strategy or {}
    attempts = int(strategy.get("attempts") or 1)
    for attempt in range(1, attempts + 1):
        if job.stop:
            return False
        job.log_stream_name = f"{job.job_definition.name}/default/{job.job_id}-{attempt}"
        job.job_started_at = datetime.datetime.now()
        job._start_attempt()
        job.status = JobStatus.RUNNING
        process = processes.start(
            f"jobs/{job.job_id}-{attempt}",
            properties["image"],
            command,
            environment | {"AWS_BATCH_JOB_ATTEMPT": str(attempt)},
        )
        by_itself, status_reason = _wait(job, process, processes)
        job.exit_code = exit_code(process)
        job.job_stopped_at = datetime.datetime.now()
        job.latest_attempt["container"]["exitCode"] = job.exit_code
        job.latest_attempt["statusReason"] = status_reason
        job._stop_attempt()
        job.job_stopped_reason = status_reason
        if by_itself and job.exit_code == 0:
            return True
        # A job that was terminated, or that ran out of time, is not tried again.
        if not by_itself or not _retries(strategy, job.exit_code, status_reason):
            return False
        job.status = JobStatus.RUNNABLE
    return False


def _wait(job, process, processes):
    """Whether the process ended by itself, and the status reason that Batch gives."""
    limit = job._get_attempt_duration()
    deadline = time.monotonic() + limit if limit else None
    while not processes.ended(process):
        if job.stop:
            processes.stop(process, STOP_SECONDS)
            return False, job.job_stopped_reason
        if deadline is not None and time.monotonic() > deadline:
            processes.stop(process, STOP_SECONDS)
            return False, "Job attempt duration exceeded timeout"
        time.sleep(0.05)
    return True, "Essential container in task exited"


def _retries(strategy, code, status_reason):
    """The first entry whose conditions all match decides; without one the job is tried again."""
    told = {"onExitCode": str(code), "onStatusReason": status_reason, "onReason": ""}
    for entry in strategy.get("evaluateOnExit") or []:
        if all(fnmatch.fnmatchcase(told[name], entry[name]) for name in told if name in entry):
            return entry["action"].upper() == "RETRY"
    return True
