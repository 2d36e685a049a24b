"""SQS: receipt handles, long polling, and the attributes as they are read back."""

import json
import time

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Queue, SQSBackend

from .mend import mend


def _is_stale(queue, handle):
    """A handle of an earlier receive, or of a message that is gone."""
    return handle in queue.deleted_messages or any(
        handle in message._old_receipt_handles for message in queue._messages
    )


@mend(Queue, "delete_message")
def _delete_only_by_the_latest_handle(_, self, receipt_handle):
    """A stale handle deletes nothing, and is told no error."""
    with self._messages_lock:
        for message in self._messages:
            if message.receipt_handle is not None and message.receipt_handle == receipt_handle:
                self._messages.remove(message)
                self.pending_messages.discard(message)
                self.deleted_messages.update(handle for handle in message.all_receipt_handles if handle)
                return
        if not _is_stale(self, receipt_handle):
            raise ReceiptHandleIsInvalid()


@mend(SQSBackend, "change_message_visibility")
def _change_visibility_in_flight_only(original, self, queue_name, receipt_handle, visibility_timeout):
    """Only of a message that is in flight, by its latest handle."""
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


@mend(SQSBackend, "receive_message")
def _receive_under_the_lock(
    original, self, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names=None
):
    """Two receivers at the same moment never get the same message, and long polling ends as soon as one is there."""
    queue = self.get_queue(queue_name)
    deadline = time.monotonic() + wait_seconds_timeout
    while True:
        with queue._messages_lock:
            found = original(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            queue._messages_lock.wait(timeout=min(left, 0.2))


@mend(Queue, "_set_attributes")
def _keep_the_queue_policy(original, self, attributes, now=None):
    """Setting another attribute leaves the access policy alone."""
    policy = getattr(self, "policy", None)
    original(self, attributes, now)
    if "Policy" not in attributes:
        self.policy = policy


def _compact_policies(attributes_of):
    """A policy is given back as compact JSON, and RedriveAllowPolicy is known; set to nothing it is gone."""

    def attributes(self):
        result = {name: value for name, value in attributes_of(self).items() if value != ""}
        if self.redrive_policy:
            result["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        if self.redrive_allow_policy:
            result["RedriveAllowPolicy"] = json.dumps(json.loads(self.redrive_allow_policy), separators=(",", ":"))
        return result

    return property(attributes)


Queue.redrive_allow_policy = None
Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
Queue.attributes = _compact_policies(Queue.attributes.fget)
