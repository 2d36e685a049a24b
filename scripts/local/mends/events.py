"""The two ways in which S3 tells of an object: notifications to queues, and events to EventBridge."""

import copy
import datetime
import itertools
import re
import threading
import time
import uuid
from urllib.parse import quote_plus

from moto.events.models import EventPattern, Rule, events_backends
from moto.events.utils import _BASE_EVENT_MESSAGE
from moto.s3 import notifications
from moto.s3.models import S3Backend

from .mend import mend

_sequence = itertools.count(time.time_ns() >> 8)
_sequence_lock = threading.Lock()

# What is called for a rule's target that moto cannot reach: target(arn, event).
# The programs of programs/ put themselves here by the service in the target's ARN.
targets = {}


def _sequencer():
    """Grows with each event, as S3's does for one key; hex text."""
    with _sequence_lock:
        return f"{next(_sequence):018X}"


def _timestamp():
    now = datetime.datetime.now(datetime.timezone.utc)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


def _is_removal(event_name):
    return "ObjectRemoved" in event_name or "LifecycleExpiration" in event_name


def _s3_event(event_name, bucket, key, notification_id):
    """An S3 notification, event version 2.1: the key is form-encoded but its slashes are kept."""
    request_id = uuid.uuid4().hex[:16].upper()
    described = {"key": quote_plus(key.name, safe="/*"), "sequencer": _sequencer()}
    if not _is_removal(event_name):
        described |= {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["versionId"] = key.version_id
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": _timestamp(),
        "eventName": event_name.removeprefix("s3:"),
        "userIdentity": {"principalId": "AWS:AIDAFRAMELAKELOCAL00"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": request_id, "x-amz-id-2": request_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": notification_id,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": "AFRAMELAKELOCAL"}, "arn": bucket.arn},
            "object": described,
        },
    }
    return {"Records": [record]}


@mend(S3Backend, "delete_object")
def _delete_object_with_events(original, self, bucket_name, key_name, version_id=None, bypass=False):
    """In a versioned bucket a delete marker is an event, and so is the deletion of one version of several."""
    bucket = self.get_bucket(bucket_name)
    before = list(bucket.keys.getlist(key_name)) if bucket.is_versioned and key_name in bucket.keys else []
    succeeded, answer = original(self, bucket_name, key_name, version_id, bypass)
    kind = notifications.S3NotificationEvent
    if bucket.is_versioned and succeeded and version_id is None:
        marker = kind.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, marker, bucket, bucket.keys.get(key_name))
    elif succeeded and key_name in bucket.keys:
        for deleted in [version for version in before if str(version.version_id) == str(version_id)]:
            notifications.send_event(self.account_id, kind.OBJECT_REMOVED_DELETE_EVENT, bucket, deleted)
    return succeeded, answer


def _s3_test_event(bucket_name):
    request_id = uuid.uuid4().hex[:16].upper()
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _timestamp(),
        "Bucket": bucket_name,
        "RequestId": request_id,
        "HostId": request_id,
    }


def _event_bridge_event(account_id, bucket, event_name, key):
    """EventBridge's form: the key is not encoded, and only the default bus hears it."""
    reasons = {
        "s3:ObjectCreated:Put": "PutObject",
        "s3:ObjectCreated:Post": "POST Object",
        "s3:ObjectCreated:Copy": "CopyObject",
        "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
        "s3:ObjectRemoved:Delete": "DeleteObject",
        "s3:ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
    }
    name = str(getattr(event_name, "value", event_name))
    described = {"key": key.name, "sequencer": _sequencer()}
    if not _is_removal(name):
        described |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["version-id"] = key.version_id
    kind = {}
    if _is_removal(name):
        marked = name.endswith("DeleteMarkerCreated")
        kind = {"deletion-type": "Delete Marker Created" if marked else "Permanently Deleted"}
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": reasons.get(name, name.split(":")[1]),
    } | kind
    publish(account_id, bucket.region_name, "aws.s3", notifications._detail_type(name), [bucket.arn], detail)


def publish(account_id, region, source, detail_type, resources, detail):
    """An event of an AWS service on the default bus."""
    event = copy.deepcopy(_BASE_EVENT_MESSAGE) | {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": time.time(),
        "region": region,
        "resources": resources,
        "detail": detail,
    }
    bus = events_backends[account_id][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        if rule.state == "ENABLED":
            rule.send_to_targets(event, transform_input=False)


@mend(Rule, "send_to_targets")
def _send_to_targets(original, self, original_event, transform_input=True):
    """A target that cannot be reached does not keep the others, or the call that caused the event, from going on."""
    mine = [target for target in self.targets if target["Arn"].split(":")[2] in ("lambda", *targets)]
    if mine and self.event_pattern.matches_event(original_event):
        moment = datetime.datetime.fromtimestamp(original_event["time"], datetime.timezone.utc)
        event = original_event | {"time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
        for target in mine:
            if reach := targets.get(target["Arn"].split(":")[2]):
                reach(target["Arn"], event)
    others = copy.copy(self)
    others.targets = [target for target in self.targets if target not in mine]
    original(others, original_event, transform_input)


_matches_filter = EventPattern._does_item_match_named_filter


def _matches_filter_or_wildcard(item, pattern):
    """A pattern may hold wildcards: each * stands for any characters, slashes too."""
    if "wildcard" not in pattern:
        return _matches_filter(item, pattern)
    expression = ".*".join(re.escape(part) for part in pattern["wildcard"].split("*"))
    return any(
        isinstance(each, str) and re.fullmatch(expression, each, re.DOTALL)
        for each in (item if isinstance(item, list) else [item])
    )


EventPattern._does_item_match_named_filter = staticmethod(_matches_filter_or_wildcard)
notifications._get_s3_event = _s3_event
notifications._get_test_event = _s3_test_event
notifications._send_event_bridge_message = _event_bridge_event
