"""What moto does otherwise than AWS, and that this project's code would notice."""

import copy
import datetime
import itertools
import json
import threading
import time
import uuid
from urllib.parse import quote_plus

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.events.models import events_backends
from moto.events.utils import _BASE_EVENT_MESSAGE
from moto.s3 import notifications
from moto.s3.models import S3Backend
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Queue, SQSBackend

_sequence = itertools.count(time.time_ns() >> 8)
_sequence_lock = threading.Lock()


def _sequencer():
    """Grows with each event, as S3's does for one key; hex text."""
    with _sequence_lock:
        return f"{next(_sequence):018X}"


def _timestamp():
    now = datetime.datetime.now(datetime.timezone.utc)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


def _is_removal(event_name):
    return "ObjectRemoved" in event_name or "LifecycleExpiration" in event_name


def s3_event(event_name, bucket, key, notification_id):
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


def s3_test_event(bucket_name):
    request_id = uuid.uuid4().hex[:16].upper()
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _timestamp(),
        "Bucket": bucket_name,
        "RequestId": request_id,
        "HostId": request_id,
    }


def send_event_bridge_message(account_id, bucket, event_name, key):
    """EventBridge's form: the key is not encoded, and only the default bus hears it."""
    reasons = {
        "s3:ObjectCreated:Put": "PutObject",
        "s3:ObjectCreated:Post": "POST Object",
        "s3:ObjectCreated:Copy": "CopyObject",
        "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
        "s3:ObjectRemoved:Delete": "DeleteObject",
    }
    name = str(getattr(event_name, "value", event_name))
    described = {"key": key.name, "sequencer": _sequencer()}
    if not _is_removal(name):
        described |= {"size": key.size, "etag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["version-id"] = key.version_id
    event = copy.deepcopy(_BASE_EVENT_MESSAGE) | {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": notifications._detail_type(name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": described,
            "request-id": uuid.uuid4().hex[:16].upper(),
            "requester": account_id,
            "source-ip-address": "127.0.0.1",
            "reason": reasons.get(name, name.split(":")[1]),
        },
    }
    bus = events_backends[account_id][bucket.region_name].event_buses["default"]
    for rule in bus.rules.values():
        if rule.state == "ENABLED":
            rule.send_to_targets(event, transform_input=False)


def _put_object_without_second_event(original):
    def put_object(self, *arguments, **named):
        # Completing a multipart upload puts the object and then reports the completion: one event on AWS.
        if named.get("multipart") is not None:
            named["disable_notification"] = True
        return original(self, *arguments, **named)

    return put_object


def _is_stale(queue, handle):
    """A handle of an earlier receive, or of a message that is gone."""
    return handle in queue.deleted_messages or any(
        handle in message._old_receipt_handles for message in queue._messages
    )


def _delete_only_by_the_latest_handle(self, receipt_handle):
    with self._messages_lock:
        for message in self._messages:
            if message.receipt_handle is not None and message.receipt_handle == receipt_handle:
                self._messages.remove(message)
                self.pending_messages.discard(message)
                self.deleted_messages.update(handle for handle in message.all_receipt_handles if handle)
                return
        if not _is_stale(self, receipt_handle):
            raise ReceiptHandleIsInvalid()


def _change_visibility_in_flight_only(original):
    def change_message_visibility(self, queue_name, receipt_handle, visibility_timeout):
        queue = self.get_queue(queue_name)
        with queue._messages_lock:
            if _is_stale(queue, receipt_handle):
                raise InvalidParameterValue(
                    f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist "
                    "or is not available for visibility timeout change."
                )
            for message in queue._messages:
                if message.receipt_handle == receipt_handle and message.visible:
                    raise SQSException(
                        "AWS.SimpleQueueService.MessageNotInflight", "The message referred to isn't in flight."
                    )
            original(self, queue_name, receipt_handle, visibility_timeout)
            queue._messages_lock.notify_all()

    return change_message_visibility


def _receive_under_the_lock(original):
    """Two receivers at the same moment must not get the same message, and long polling ends as soon as one is there."""

    def receive_message(
        self, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names=None
    ):
        queue = self.get_queue(queue_name)
        deadline = time.monotonic() + wait_seconds_timeout
        while True:
            with queue._messages_lock:
                found = original(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                queue._messages_lock.wait(timeout=min(left, 0.2))

    return receive_message


def _compact_policies(original):
    """SQS gives a policy back as compact JSON, and knows RedriveAllowPolicy."""

    def attributes(self):
        result = original.fget(self)
        if self.redrive_policy:
            result["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        if self.redrive_allow_policy:
            result["RedriveAllowPolicy"] = json.dumps(json.loads(self.redrive_allow_policy), separators=(",", ":"))
        return result

    return property(attributes)


def _keep_the_queue_policy(original):
    """Setting another attribute leaves the access policy alone."""

    def set_attributes(self, attributes, now=None):
        policy = getattr(self, "policy", None)
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    return set_attributes


def _list_no_tags(self):
    return json.dumps({"Tags": {}})


def apply():
    notifications._get_s3_event = s3_event
    notifications._get_test_event = s3_test_event
    notifications._send_event_bridge_message = send_event_bridge_message
    S3Backend.put_object = _put_object_without_second_event(S3Backend.put_object)
    Queue.delete_message = _delete_only_by_the_latest_handle
    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.attributes = _compact_policies(Queue.attributes)
    Queue._set_attributes = _keep_the_queue_policy(Queue._set_attributes)
    SQSBackend.receive_message = _receive_under_the_lock(SQSBackend.receive_message)
    SQSBackend.change_message_visibility = _change_visibility_in_flight_only(SQSBackend.change_message_visibility)
    ApplicationAutoScalingResponse.list_tags_for_resource = _list_no_tags
