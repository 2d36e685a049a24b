"""S3: uploads in parts, bucket policies, and the notification configuration as it is read back."""

import json

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response

from .mend import mend


@mend(S3Backend, "put_object")
def _put_object_without_second_event(original, self, *arguments, **named):
    """Completing an upload in parts is one event; moto puts the object, which is a second one."""
    if named.get("multipart") is not None:
        named["disable_notification"] = True
    return original(self, *arguments, **named)


@mend(FakeBucket, "get_permission")
def _permission(_, self, action, resource):
    """A statement counts only where its condition holds; the emulator's loopback stands for TLS."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    policy["Statement"] = [
        statement
        for statement in policy["Statement"]
        if statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") != "false"
    ]
    return IAMPolicy({"policy_document": json.dumps(policy)}).is_action_permitted(action, resource)


@mend(S3Response, "serialized")
def _notification_with_event_bridge(original, self, result):
    """GetBucketNotificationConfiguration says whether EventBridge is told."""
    if self.data.get("Action") == "GetBucketNotificationConfiguration" and isinstance(result, ActionResult):
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is not None and configuration.event_bridge is not None:
            result.result["EventBridgeConfiguration"] = {}
    return original(self, result)
