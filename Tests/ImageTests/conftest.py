"""The images, built from the Dockerfiles that users build, and processes in them."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORE = ROOT / ".local" / "images"
CA_BUNDLE = ROOT / ".local" / "rds-ca-bundle.pem"


def run(*command, **options):
    """Runs to its end and returns standard output; a failure shows what was said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def eventually(condition, seconds=120):
    """Asks until the condition holds and returns what it answered."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


class Process:
    """A process in an image."""

    def __init__(self, command, environment, log):
        self.log = log
        self.outer = subprocess.Popen(command, env=environment, stdout=log.open("wb"), stderr=subprocess.STDOUT)

    def _inner(self):
        """Process 1 of the namespace: the entry point itself, once the shell before it is gone."""
        children = pathlib.Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def send(self, number):
        os.kill(self._inner(), number)

    def is_running(self):
        return self.outer.poll() is None

    def said(self):
        return self.log.read_text(errors="replace")

    def end(self):
        """The exit code."""
        return self.outer.wait(timeout=120)

    def kill(self):
        if self.is_running():
            self.outer.kill()
            self.outer.wait(timeout=60)


class Image:
    """A built image: its configuration and its files."""

    def __init__(self, name, reference, environment):
        self.name = name
        document = json.loads(run("buildah", "inspect", "--type", "image", reference, env=environment))
        self.config = document["Docker"]["config"]
        self.container = run("buildah", "from", "--pull-never", reference, env=environment).strip()
        self.files = pathlib.Path(run("buildah", "mount", self.container, env=environment).strip())
        self._environment = environment
        self._processes = []

    def size(self):
        """Bytes of its files, each counted once."""
        seen = {}
        for folder, _, names in os.walk(self.files):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if stat.S_ISREG(status.st_mode):
                    seen[status.st_dev, status.st_ino] = status.st_size
        return sum(seen.values())

    def start(self, work, *command, **variables):
        """Starts a command, or the entry point with these arguments, as the image's user in its environment."""
        user = int(self.config["User"])
        group = next(
            line.split(":")[3] for line in (self.files / "etc/passwd").read_text().splitlines()
            if line.split(":")[2] == str(user)
        )
        os.chown(work, user, int(group))
        environment = dict(entry.split("=", 1) for entry in self.config["Env"]) | variables
        contained = [pathlib.Path(__file__).with_name("contained"), self.files, work, str(user), group]
        log = work.parent / f"log-{len(self._processes)}"
        self._processes.append(Process([*contained, *command], environment, log))
        return self._processes[-1]

    def entry_point(self, work, *arguments, **variables):
        return self.start(work, *self.config["Entrypoint"], *(arguments or self.config["Cmd"]), **variables)

    def remove(self):
        for process in self._processes:
            process.kill()
        run("buildah", "umount", self.container, env=self._environment)
        run("buildah", "rm", self.container, env=self._environment)


@pytest.fixture(scope="session")
def images():
    assert os.geteuid() == 0, "the images are built and entered by root"
    for tool in ("buildah", "debootstrap"):
        assert shutil.which(tool), f"{tool} is not here: scripts/setup --images"
    if not CA_BUNDLE.exists():
        # Stands for the certificates of RDS, which the build fetches where there is a network.
        CA_BUNDLE.parent.mkdir(exist_ok=True)
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-out", CA_BUNDLE,
            "-days", "3650", "-subj", "/CN=stand-in of RDS")
    bundle = os.environ | {"RDS_CA_BUNDLE": str(CA_BUNDLE.relative_to(ROOT))}
    references = run(ROOT / "scripts/images", "--test-bases", "--prefix", "framelake-test", "--tag", "test",
                     env=bundle).split()
    environment = os.environ | {"CONTAINERS_STORAGE_CONF": str(STORE / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}
    built = {}
    try:
        for reference in references:
            name = reference.split("/")[-1].split(":")[0]
            built[name] = Image(name, reference, environment)
        yield built
    finally:
        for image in built.values():
            image.remove()


@pytest.fixture
def service(images):
    return images["analysis-service"]


@pytest.fixture
def batch(images):
    return images["batch-processor"]


@pytest.fixture(params=["batch-processor", "analysis-service"])
def image(request, images):
    return images[request.param]


@pytest.fixture
def work(tmp_path):
    """The work volume; what leads to it can be entered by the image's user."""
    folder = tmp_path / "work"
    folder.mkdir(mode=0o700)
    return folder
