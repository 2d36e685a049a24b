"""One video through what Terraform makes, and nothing left of it afterwards."""

from census import census
from local_emulator import eventually

TABLES = [
    "apps_db_video",
    "apps_db_videoanalysis",
    "apps_db_event",
    "apps_db_track",
    "apps_db_depthdata",
    "apps_db_displaydata",
    "frame_embeddings",
    "object_embeddings",
]


def test_apply_then_a_video_then_an_empty_plan_then_destroy(stack, video):
    """One test, since each part needs the one before and the first takes minutes."""
    before = census(stack.client)

    assert stack.terraform("apply", "-auto-approve", "-input=false") == 0
    # The census would see what is left: of every kind there is something now.
    assert set(differences(before, census(stack.client))) == set(before)

    upload_becomes_rows(stack, video)

    # What ran has changed nothing that Terraform would change back.
    assert stack.terraform("plan", "-input=false", "-detailed-exitcode") == 0

    assert stack.terraform("destroy", "-auto-approve", "-input=false") == 0
    assert differences(before, census(stack.client)) == {}


def upload_becomes_rows(stack, video):
    bucket, queue, dead_letters = (stack.output(name) for name in ("raw_bucket", "queue_url", "dead_letter_queue_url"))
    s3 = stack.client("s3", s3={"addressing_style": "path"})
    s3.upload_file(str(video), bucket, "videos/people.mp4", ExtraArgs={"ContentType": "video/mp4"})

    # Nothing but the stack itself acts from here on: notification, event, function, job, service.
    batch, job_queue = stack.client("batch"), stack.output("job_queue")

    def jobs(*states):
        listed = [batch.list_jobs(jobQueue=job_queue, jobStatus=state)["jobSummaryList"] for state in states]
        return [job["jobId"] for jobs in listed for job in jobs]

    where = "WHERE video_id = 'people'"

    def analysed():
        assert not jobs("FAILED"), f"a job failed\n{stack.logs()}"
        row = stack.database.query(f"SELECT status, s3_bucket, s3_key FROM apps_db_video {where}")
        return row == f"COMPLETED|{bucket}|videos/people.mp4"

    eventually(analysed, lambda: f"the video was not analysed\n{stack.logs()}", seconds=300)
    counts = {table: int(stack.database.query(f"SELECT count(*) FROM {table} {where}")) for table in TABLES}
    assert all(counts.values()), counts

    active = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
    eventually(lambda: not jobs(*active), lambda: f"a job goes on\n{stack.logs()}", seconds=120)
    assert jobs("SUCCEEDED") and not jobs("FAILED"), stack.logs()

    for url in (queue, dead_letters):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert set(attributes.values()) == {"0"}, (url, attributes)


def differences(before, after):
    """What is there now and was not before, by kind."""
    return {kind: added for kind, names in after.items() if (added := sorted(set(names) - set(before[kind])))}
