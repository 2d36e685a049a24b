"""Runs what AWS would run in containers: the real executables, as processes on this machine.

A Batch job, a task of an ECS service and a Lambda function made from an image start the executable that is named as the
image's repository, with the command, environment and secrets that AWS would hand to the container. What a process
cannot find here as on AWS is put into its environment otherwise:

- the emulator's endpoint and keys take the place of AWS's endpoints and of the role;
- a load balancer's DNS name becomes 127.0.0.1, where the service's first task listens on the balancer's port;
- a mounted volume is a folder below the logs.

Importing the package changes nothing; `start` does.
"""

from . import functions, jobs, schedules, tasks
from .processes import Processes


def start(folder, logs, endpoint, credentials):
    """Runs executables of `folder` from now on; the caller closes what it gets, and with it every process."""
    processes = Processes(folder, logs, endpoint, credentials)
    jobs.install(processes)
    lambdas = functions.install(processes)
    processes.every_tick(tasks.Tasks(processes).reconcile)
    processes.every_tick(lambdas.reconcile)
    processes.every_tick(schedules.Schedules(lambdas).fire)
    return processes
