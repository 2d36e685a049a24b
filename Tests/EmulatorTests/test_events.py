"""S3's events as they arrive in the queue."""

import datetime
import json
import re

import pytest
from boto3.s3.transfer import TransferConfig


@pytest.fixture
def events(s3, bucket, queue):
    """Subscribes the queue to the bucket; returns a function that takes the records that have arrived."""
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "Id": "videos",
                    "QueueArn": queue.attributes()["QueueArn"],
                    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".mp4"}]}},
                }
            ]
        },
    )
    (test_event,) = [json.loads(message["Body"]) for message in queue.receive()]
    assert test_event["Event"] == "s3:TestEvent" and test_event["Bucket"] == bucket
    assert test_event["Time"].endswith("Z") and test_event["RequestId"] and test_event["HostId"]

    def take():
        records = []
        for message in queue.receive():
            records += json.loads(message["Body"])["Records"]
        return records

    return take


@pytest.mark.parametrize(
    "key, encoded",
    [
        ("videos/a.mp4", "videos/a.mp4"),
        ("videos/a b.mp4", "videos/a+b.mp4"),
        ("videos/a+b.mp4", "videos/a%2Bb.mp4"),
        ("videos/100%.mp4", "videos/100%25.mp4"),
        ("videos/영상.mp4", "videos/%EC%98%81%EC%83%81.mp4"),
    ],
)
def test_keys_are_form_encoded_and_keep_their_slashes(s3, bucket, events, key, encoded):
    s3.put_object(Bucket=bucket, Key=key, Body=b"video")
    (record,) = events()
    assert record["s3"]["object"]["key"] == encoded


def test_records_have_the_fields_of_version_2_1(s3, bucket, events):
    etag = s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=b"video")["ETag"].strip('"')
    (record,) = events()
    assert record["eventVersion"] == "2.1"
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["userIdentity"]["principalId"]
    moment = datetime.datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert abs((datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - moment).total_seconds()) < 600
    described = record["s3"]["object"]
    assert described["size"] == 5 and described["eTag"] == etag
    assert re.fullmatch("[0-9A-F]{16,}", described["sequencer"])
    assert "versionId" not in described


def test_sequencers_of_a_key_grow(s3, bucket, events):
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=body)
    sequencers = [record["s3"]["object"]["sequencer"] for record in events()]
    assert sequencers == sorted(set(sequencers)) and len(sequencers) == 3


def test_versioned_objects_name_their_version(s3, bucket, events):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=b"video")["VersionId"]
    (record,) = events()
    assert record["s3"]["object"]["versionId"] == version


def test_a_multipart_upload_is_one_event(s3, bucket, events, tmp_path):
    file = tmp_path / "video.mp4"
    file.write_bytes(b"x" * (11 << 20))
    s3.upload_file(str(file), bucket, "videos/big.mp4", Config=TransferConfig(multipart_threshold=5 << 20))
    (record,) = events()
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["size"] == 11 << 20
    assert record["s3"]["object"]["eTag"].endswith("-2")


def test_copies_and_removals_are_one_event_each(s3, bucket, events):
    s3.put_object(Bucket=bucket, Key="other.txt", Body=b"video")
    s3.copy_object(Bucket=bucket, Key="videos/a.mp4", CopySource={"Bucket": bucket, "Key": "other.txt"})
    s3.delete_object(Bucket=bucket, Key="videos/a.mp4")
    copied, removed = events()
    assert copied["eventName"] == "ObjectCreated:Copy"
    assert removed["eventName"] == "ObjectRemoved:Delete"
    assert "size" not in removed["s3"]["object"] and "eTag" not in removed["s3"]["object"]


def test_each_removal_in_a_versioned_bucket_is_an_event(s3, bucket, events):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=body)["VersionId"] for body in (b"1", b"2")]
    marker = s3.delete_object(Bucket=bucket, Key="videos/a.mp4")["VersionId"]
    for version in (versions[0], marker, versions[1]):
        s3.delete_object(Bucket=bucket, Key="videos/a.mp4", VersionId=version)
    removals = [(each["eventName"], each["s3"]["object"]["versionId"]) for each in events()[2:]]
    assert removals == [
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", versions[0]),
        ("ObjectRemoved:Delete", marker),
        ("ObjectRemoved:Delete", versions[1]),
    ]


def test_event_bridge_hears_of_removals(s3, client, bucket, queue):
    rules, rule = client("events"), f"rule-{bucket}"
    pattern = {"detail-type": ["Object Deleted"], "detail": {"bucket": {"name": [bucket]}}}
    rules.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    rules.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.attributes()["QueueArn"]}])
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key="videos/a b.mp4", Body=b"video")
    s3.delete_object(Bucket=bucket, Key="videos/a b.mp4")
    (message,) = queue.receive()
    detail = json.loads(message["Body"])["detail"]
    assert detail["object"]["key"] == "videos/a b.mp4" and detail["object"]["sequencer"]
    assert detail["deletion-type"] == "Permanently Deleted" and detail["reason"] == "DeleteObject"


def test_event_bridge_hears_the_key_as_it_is(s3, client, bucket, queue):
    rules = client("events")
    rule = f"rule-{bucket}"
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    rules.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    rules.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.attributes()["QueueArn"]}])
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    s3.put_object(Bucket=bucket, Key="videos/a b+c.mp4", Body=b"video")
    (message,) = queue.receive()
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Object Created" and event["source"] == "aws.s3"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"])
    described = event["detail"]["object"]
    assert described["key"] == "videos/a b+c.mp4" and described["size"] == 5
    assert re.fullmatch("[0-9A-F]{16,}", described["sequencer"])
    assert event["detail"]["reason"] == "PutObject"


def test_a_rule_may_name_keys_by_wildcards(s3, client, bucket, queue):
    rules, rule = client("events"), f"rule-{bucket}"
    keys = [{"wildcard": "videos/*.mp4"}, {"wildcard": "*/exact"}]
    pattern = {"detail": {"bucket": {"name": [bucket]}, "object": {"key": keys}}}
    rules.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    rules.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": queue.attributes()["QueueArn"]}])
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    for key in ("videos/a.mp4", "videos/a/b.mp4", "videos/amp4", "other/a.mp4", "videos/a.mp4.txt", "videos/exact"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"video")
    events = [json.loads(message["Body"]) for message in queue.receive()]
    created = [each["detail"]["object"]["key"] for each in events if each["detail-type"] == "Object Created"]
    assert sorted(created) == ["videos/a.mp4", "videos/a/b.mp4", "videos/exact"]
