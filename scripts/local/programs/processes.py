"""The processes that stand for containers, and the thread that looks after them."""

import os
import pathlib
import subprocess
import threading
import time
import traceback

from moto.elbv2.models import elbv2_backends
from moto.secretsmanager.models import secretsmanager_backends

TICK_SECONDS = 0.2
# As a container's: SIGTERM, then this long until SIGKILL.
STOP_SECONDS = 30
# When the emulator itself ends, which is asked to be quick.
CLOSE_SECONDS = 8


def backends(services):
    """Every backend of a service, whatever its account and region."""
    return [backend for account in list(services.values()) for backend in list(account.values())]


class Processes:
    def __init__(self, folder, logs, endpoint, credentials):
        self.folder, self.logs, self.endpoint = pathlib.Path(folder), pathlib.Path(logs), endpoint
        self.access_key, self.secret_key = credentials
        self.running = set()
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.ticks = []
        self.logs.mkdir(parents=True, exist_ok=True)
        self.keeper = threading.Thread(target=self._keep, name="programs", daemon=True)
        self.keeper.start()

    def every_tick(self, action):
        self.ticks.append(action)

    def _keep(self):
        while not self.closed.wait(TICK_SECONDS):
            for action in list(self.ticks):
                try:
                    action()
                except Exception:  # one part's failure is told in the log and does not end the others
                    traceback.print_exc()

    def start(self, name, image, command, environment):
        """The process of a container; what it prints goes to NAME.log below the logs."""
        executable = self.folder / image.rpartition("/")[2].partition(":")[0]
        own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        log_file = self.logs / f"{name}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.lock, open(log_file, "ab") as log:
            if self.closed.is_set():
                raise RuntimeError("the emulator is ending")
            process = subprocess.Popen(
                [executable, *command],
                env=own | self._aws() | self._reachable(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            self.running.add(process)
        print(f"{name}: process {process.pid}, {executable.name} {' '.join(command)}", flush=True)
        return process

    def ended(self, process):
        """Forgets a process that has ended; true when it has."""
        if process.poll() is None:
            return False
        with self.lock:
            self.running.discard(process)
        return True

    def stop(self, process, seconds=STOP_SECONDS):
        process.terminate()
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.ended(process)

    def volume(self, name):
        folder = self.logs / "volumes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def close(self):
        self.closed.set()
        with self.lock:
            left = list(self.running)
        for process in left:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + CLOSE_SECONDS
        for process in left:
            try:
                process.wait(timeout=max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _aws(self):
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": os.environ["AWS_DEFAULT_REGION"],
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    @staticmethod
    def _reachable(environment):
        names = [balancer.dns_name for each in backends(elbv2_backends) for balancer in each.load_balancers.values()]
        reachable = dict(environment)
        for key, value in environment.items():
            for name in names:
                reachable[key] = reachable[key].replace(name, "127.0.0.1")
        return reachable


def exit_code(process):
    """A container whose process was ended by a signal has the code that a shell would give it."""
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def container_environment(container, account, region):
    """Environment and secrets of a container definition, which Batch and ECS write alike."""
    environment = {each["name"]: each["value"] for each in container.get("environment") or []}
    secrets = secretsmanager_backends[account][region]
    for each in container.get("secrets") or []:
        environment[each["name"]] = secrets.get_secret_value(each["valueFrom"], None, None)["SecretString"]
    return environment
