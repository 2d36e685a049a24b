"""Batch, ECS and Application Auto Scaling: defaults of AWS, and settings that are read back as they were set."""

import copy
import json

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.batch.models import BatchBackend, Job
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.models import SERVICE_NAME_CONVERSION

from .mend import mend

SERVICE_NAME_CONVERSION["batch"] = "Batch"


@mend(BatchBackend, "create_compute_environment")
def _service_linked_role(original, self, **named):
    """Without a service role Batch takes its service-linked one, and makes it when it is the first to need it."""
    if not named["service_role"]:
        roles = {role.name: role for role in self.iam_backend.get_roles()}
        role = roles.get("AWSServiceRoleForBatch") or self.iam_backend.create_service_linked_role(
            "batch.amazonaws.com", "", ""
        )
        named["service_role"] = role.arn
    return original(self, **named)


@mend(Job, "_container_details")
def _exit_code(original, self):
    """DescribeJobs tells the last attempt's exit code."""
    details = original(self)
    return details if self.exit_code is None else details | {"exitCode": self.exit_code}


@mend(EC2ContainerServiceBackend, "_calculate_task_resource_requirements")
def _task_memory(original, self, task_definition):
    """RunTask: where the task has a size, as on Fargate, its containers need none."""
    sized = copy.copy(task_definition)
    sized.container_definitions = [{"memory": 0} | each for each in task_definition.container_definitions]
    return original(sized)


@mend(EC2ContainerServiceResponse, "create_service")
def _service_settings(original, self):
    """DescribeServices tells every setting of CreateService. A capacity provider takes the launch type's place."""
    answer = original(self)
    service = answer.result["service"]
    service.availability_zone_rebalancing = self._get_param("availabilityZoneRebalancing") or "DISABLED"
    service.health_check_grace_period_seconds = self._get_int_param("healthCheckGracePeriodSeconds")
    service.deployment_configuration = self._get_param("deploymentConfiguration")
    if strategy := self._get_param("capacityProviderStrategy"):
        service.launch_type = None
        service.capacity_provider_strategy = [{"base": 0, "weight": 0, **provider} for provider in strategy]
        for deployment in service.deployments:
            deployment["launchType"] = None
            deployment["capacityProviderStrategy"] = service.capacity_provider_strategy
    service.enable_ecs_managed_tags = self._get_param("enableECSManagedTags") or False
    service.enable_execute_command = self._get_param("enableExecuteCommand") or False
    return answer


Service.availability_zone_rebalancing = "DISABLED"

# Tags of scalable targets by ARN: moto keeps none.
_tags = {}


@mend(ApplicationAutoScalingResponse, "register_scalable_target")
def _tagged_target(original, self):
    """A scalable target keeps the tags that it was registered with."""
    answer = original(self)
    if tags := self._get_param("Tags"):
        _tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(tags)
    return answer


def _list_tags(self):
    return json.dumps({"Tags": _tags.get(self._get_param("ResourceARN"), {})})


def _tag(self):
    _tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
    return json.dumps({})


def _untag(self):
    for name in self._get_param("TagKeys"):
        _tags.get(self._get_param("ResourceARN"), {}).pop(name, None)
    return json.dumps({})


ApplicationAutoScalingResponse.list_tags_for_resource = _list_tags
ApplicationAutoScalingResponse.tag_resource = _tag
ApplicationAutoScalingResponse.untag_resource = _untag
