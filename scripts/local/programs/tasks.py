"""ECS: services as so many processes as tasks are desired, and tasks of their own by RunTask."""

import socket
import time
from dataclasses import dataclass, field
from subprocess import Popen

from moto.ecs.models import ecs_backends

from .processes import backends, container_environment, exit_code

# ECS waits longer and longer before it starts a task again; here at least so long lies between two starts.
RESTART_SECONDS = 2


@dataclass
class Slot:
    """One of a service's desired tasks."""

    number: int
    definition: str
    process: Popen | None = None
    may_start_at: float = field(default_factory=time.monotonic)


class Tasks:
    def __init__(self, processes):
        self.processes = processes
        self.slots = {}
        self.alone = {}

    def reconcile(self):
        services = {s.arn: (s, b) for b in backends(ecs_backends) for s in list(b.services.values())}
        for arn in [arn for arn in self.slots if arn not in services]:
            self._stop(self.slots.pop(arn))
        for arn, (service, backend) in services.items():
            self._reconcile_service(service, backend, self.slots.setdefault(arn, []))
        for backend in backends(ecs_backends):
            for tasks in list(backend.tasks.values()):
                for task in list(tasks.values()):
                    self._reconcile_task(task, backend)

    def _reconcile_service(self, service, backend, slots):
        desired = service.desired_count if service.status == "ACTIVE" and service.task_definition else 0
        outdated = [s for s in slots if s.number >= desired or s.definition != service.task_definition]
        self._stop(outdated)
        slots[:] = [slot for slot in slots if slot not in outdated]
        taken = {slot.number for slot in slots}
        slots += [Slot(number, service.task_definition) for number in range(desired) if number not in taken]
        for slot in slots:
            if slot.process is not None and self.processes.ended(slot.process):
                print(f"{service.name}: a task ended with {slot.process.returncode}", flush=True)
                slot.process = None
            if slot.process is None and time.monotonic() >= slot.may_start_at:
                slot.may_start_at = time.monotonic() + RESTART_SECONDS
                # Only one task can have the balancer's port on this machine: it is the one that is reached.
                own = {} if slot.number == 0 else {"PORT": str(_free_port())}
                name = f"{service.cluster_name}/{service.name}-{slot.number}"
                slot.process = self._start(name, slot.definition, backend, own)
        _report(service, sum(slot.process is not None for slot in slots))

    def _reconcile_task(self, task, backend):
        """Started once; what its process ended with is the container's exit code."""
        if task.task_arn not in self.alone:
            # moto would move the state at each look; here the process does.
            task._transitions = []
            override = (task.overrides.get("containerOverrides") or [{}])[0]
            own = {each["name"]: each["value"] for each in override.get("environment") or []}
            name, command = f"{task.cluster_name}/{task.id}", override.get("command")
            self.alone[task.task_arn] = None
            try:
                self.alone[task.task_arn] = self._start(name, task.task_definition_arn, backend, own, command)
            except OSError as error:
                task.stopped_reason = f"CannotStartContainerError: {error}"
                task.desired_status = task.last_status = "STOPPED"
            return
        process = self.alone[task.task_arn]
        if process is None:
            return
        if task.desired_status == "STOPPED" and process.poll() is None:
            self.processes.stop(process)
        container = task.containers[0]
        if container.last_status != "STOPPED" and self.processes.ended(process):
            container.exitCode, container.last_status = exit_code(process), "STOPPED"
            task.stopped_reason = task.stopped_reason or "Essential container in task exited"
            task.desired_status = task.last_status = "STOPPED"

    def _start(self, name, definition, backend, own, command=None):
        container = backend.describe_task_definition(definition).container_definitions[0]
        environment = container_environment(container, backend.account_id, backend.region_name)
        folders = {mount["containerPath"]: mount["sourceVolume"] for mount in container.get("mountPoints") or []}
        for key, value in environment.items():
            if value in folders:
                environment[key] = self.processes.volume(f"{name}/{folders[value]}")
        environment |= {"HOST": "127.0.0.1", **own}
        command = command or container.get("command") or []
        return self.processes.start(f"tasks/{name}", container["image"], command, environment)

    def _stop(self, slots):
        for slot in slots:
            if slot.process is not None:
                self.processes.stop(slot.process)


def _report(service, running):
    service.running_count, service.pending_count = running, max(0, service.desired_count - running)
    for deployment in service.deployments[:1]:
        deployment["taskDefinition"] = service.task_definition
        deployment["desiredCount"] = service.desired_count
        deployment["runningCount"], deployment["pendingCount"] = running, service.pending_count
        deployment["rolloutState"] = "COMPLETED" if service.pending_count == 0 else "IN_PROGRESS"


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
