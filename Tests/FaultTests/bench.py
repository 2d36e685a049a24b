"""What a cell of the matrix runs on: PostgreSQL, the emulator and both executables as processes that may be killed, with
a link between every two of them."""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import uuid

from link import Link

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "EmulatorTests"))

from local_emulator import ACCESS_KEY, SECRET_KEY, eventually, make_client

TABLES = [
    "apps_db_event",
    "apps_db_track",
    "apps_db_depthdata",
    "apps_db_displaydata",
    "frame_embeddings",
    "object_embeddings",
]
KEY = "videos/walk.mp4"
VISIBILITY_SECONDS = 6
LEASE_SECONDS = 5


def alive(pid):
    """A zombie is dead: nobody need reap it for the process to be gone."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def children(pid):
    found = set()
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(int(child) for child in task.read_text().split())
    return [child for child in found if alive(child)]


class Server:
    """A server of scripts/local/servers.sh that can be killed and started anew, with what it has kept."""

    def __init__(self, name, instance, options=""):
        self.name, self.instance, self.options = name, instance, options
        self.start()

    def _shell(self, script):
        program = f'source "$1/scripts/lib.sh"; source "$1/scripts/local/servers.sh"; {script}'
        command = ["bash", "-c", program, "faults", str(ROOT), str(self.instance)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self):
        preferred = '""' if self.name == "pg" else "0"
        self._shell(f'{self.name}_start "$2" {preferred} {self.options}')

    @property
    def port(self):
        name = "postgresql" if self.name == "pg" else "emulator"
        return int((self.instance / f"{name}.port").read_text())

    def kill(self):
        """kill -9, with all its children."""
        name = "postgresql" if self.name == "pg" else "emulator"
        pid = int((self.instance / f"{name}.pid").read_text().split()[0])
        os.killpg(pid, signal.SIGKILL)
        eventually(lambda: not alive(pid), f"{name} survived kill -9")

    def stop(self):
        self._shell(f'{self.name}_stop "$2"')
        if self.name == "pg":
            shutil.rmtree(self._shell('pg_data_folder "$2"'), ignore_errors=True)


class PostgreSQL(Server):
    def __init__(self, instance):
        super().__init__("pg", instance, "-c fsync=off -c full_page_writes=off")
        self.psql = pathlib.Path(self._shell("pg_prefix")) / "bin/psql"

    def url(self, database, port=None):
        password = (self.instance / "postgresql.password").read_text().strip()
        return f"postgres://framelake:{password}@127.0.0.1:{port or self.port}/{database}"

    def query(self, sql, database="postgres", seconds=60):
        """Rows of text columns."""
        done = subprocess.run(
            [self.psql, "-X", "-q", "-tA", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql],
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]


class Program:
    """One of the executables."""

    def __init__(self, name, arguments, environment, log):
        self.log = log
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                [*name, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self, seconds=60):
        """Its exit code, once it has ended by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.log.name} goes on:\n{tail(self.log)}") from None

    def terminate(self):
        self.process.terminate()
        return self.end()


def tail(file, lines=60):
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""


@dataclasses.dataclass
class Stored:
    """What the database holds of a video: how many rows of each table, and a digest of all that they say."""

    counts: dict
    digest: str


class Bench:
    """One deployment: a database, a bucket that notifies a queue with its dead-letter queue, a service, and drains.

    Links: `queue` (batch-processor to AWS), `api` (batch-processor to the service), `objects` (the service to AWS),
    `database` (the service to PostgreSQL).
    """

    link = Link

    def __init__(self, folder, programs, postgresql, emulator, video):
        self.folder, self.programs, self.postgresql, self.emulator, self.video = (
            folder, programs, postgresql, emulator, video
        )
        self.name = f"cell_{uuid.uuid4().hex[:12]}"
        self.work = folder / "work"
        self.work.mkdir()
        self.service, self.drains, self.variables, self.wrappers = None, [], {}, {}
        self.spares = []

    def __enter__(self):
        self.postgresql.query(f"CREATE DATABASE {self.name}")
        self.queue = self.link(self.emulator.port)
        self.objects = self.link(self.emulator.port)
        self.database = self.link(self.postgresql.port)
        self.api = self.link(0)
        self.provision()
        return self

    def __exit__(self, *_):
        for program in [*self.drains, *self.spares, *([self.service] if self.service else [])]:
            if program.process.poll() is None:
                for child in children(program.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                program.kill()
        for link in (self.queue, self.objects, self.database, self.api):
            link.close()
        with contextlib.suppress(RuntimeError):
            self.postgresql.query(f"DROP DATABASE {self.name} WITH (FORCE)")

    # AWS

    def client(self, service, **settings):
        return make_client(f"http://127.0.0.1:{self.emulator.port}", service, **settings)

    @property
    def s3(self):
        return self.client("s3", signature_version="s3v4", s3={"addressing_style": "path"})

    def provision(self, receives=10, visibility_seconds=VISIBILITY_SECONDS):
        sqs, name = self.client("sqs"), self.name.replace("_", "-")
        self.bucket = name
        dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        self.dead_letters = dead
        redrive = json.dumps({"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": receives})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": str(visibility_seconds)}
        self.queue_url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.s3.create_bucket(Bucket=self.bucket)
        notification = {"QueueArn": self._arn(self.queue_url), "Events": ["s3:ObjectCreated:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [notification]}
        )
        # Its own message, s3:TestEvent, is not what these tests are about.
        sqs.purge_queue(QueueUrl=self.queue_url)

    def _arn(self, url):
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]

    def upload(self, key=KEY, video=None):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=(video or self.video).read_bytes())

    def messages(self, url):
        """Those that wait, and those that are hidden."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return tuple(int(attributes[name]) for name in names)

    # Programs

    def environment(self, variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FRAMELAKE_"))}
        common = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "S3_BUCKET_RAW": self.bucket,
            "LOG_FORMAT": "json",
        }
        return {**kept, **common, **variables, **self.variables}

    def start_service(self, work=None, spare=False, **variables):
        log = self.folder / f"service-{len(list(self.folder.glob('service-*')))}.log"
        environment = self.environment(
            {
                "AWS_ENDPOINT_URL": self.objects.url,
                "DATABASE_URL": self.postgresql.url(self.name, self.database.port) + "?sslmode=disable",
                "HOST": "127.0.0.1",
                "PORT": "0",
                "WORK_DIR": str(work or self.work),
                "ANALYSIS_FPS": "2",
                "ANALYSIS_LEASE_SECONDS": str(LEASE_SECONDS),
                "MAX_CONCURRENT_ANALYSES": "2",
                **variables,
            }
        )
        command = [*self.wrappers.get("service", []), self.programs / "analysis-service"]
        service = Program(command, ["serve"], environment, log)
        (self.spares.append if spare else self._take_service)(service)

        def port():
            assert service.process.poll() is None, f"the service ended:\n{tail(log)}"
            for line in log.read_text().splitlines():
                if '"http.port"' in line:
                    return int(json.loads(line)["http.port"])

        found = eventually(port, lambda: f"no port in\n{tail(log)}")
        if not spare:
            self.api.upstream = found
        service.port = found
        return service

    def _take_service(self, service):
        self.service = service

    def start_drain(self, api=None, **variables):
        log = self.folder / f"drain-{len(self.drains)}.log"
        environment = self.environment(
            {
                "AWS_ENDPOINT_URL": self.queue.url,
                "SQS_QUEUE_URL": self.queue_url.replace(f":{self.emulator.port}/", f":{self.queue.port}/"),
                "FASTAPI_ENDPOINT": (api or self.api).url,
                "RECEIVE_WAIT_SECONDS": "1",
                **variables,
            }
        )
        command = [*self.wrappers.get("drain", []), self.programs / "batch-processor"]
        drain = Program(command, ["drain"], environment, log)
        self.drains.append(drain)
        return drain

    def drain_until_empty(self, seconds=150):
        """What the trigger does: starts one job after the other while the queue holds messages. The last's exit code."""
        for drain in self.drains:
            drain.end(150)
        deadline = time.monotonic() + seconds
        while True:
            code = self.start_drain().end(150)
            waiting, hidden = self.messages(self.queue_url)
            if waiting + hidden == 0:
                return code
            assert time.monotonic() < deadline, f"{waiting}+{hidden} messages stay:\n{self.logs()}"
            time.sleep(0.5)

    def child(self):
        """The process that analyses, waited for."""
        return eventually(lambda: next(iter(children(self.service.pid)), None), "the service started no child")

    def logs(self):
        files = sorted([*self.folder.glob("*.log")])
        return "\n".join(f"--- {file.name}\n{tail(file)}" for file in files)

    # What was stored

    def query(self, sql, seconds=60):
        return self.postgresql.query(sql, self.name, seconds)

    def stored(self, video_id="walk"):
        """The columns that name the run differ from run to run; pictures and vectors do not."""
        counts, digest = {}, hashlib.sha256()
        for table in TABLES:
            rows = self.query(
                f"SELECT md5((to_jsonb(t) - 'id' - 'analysis_id' - 'created_at')::text) FROM {table} t "
                f"WHERE video_id = '{video_id}' ORDER BY 1"
            )
            counts[table] = len(rows)
            digest.update(f"{table} {rows}\n".encode())
        return Stored(counts, digest.hexdigest())

    def expect_stored_once(self, clean, video_id="walk"):
        """The promise: the rows of a clean run, once, by one completed analysis; and nothing left behind."""
        logs = self.logs
        assert self.stored(video_id) == clean, f"{self.stored(video_id).counts} instead of {clean.counts}\n{logs()}"
        runs = self.query(
            "SELECT status, progress, coalesce(lease_expires_at::text, 'none') FROM apps_db_videoanalysis "
            f"WHERE video_id = '{video_id}'"
        )
        assert runs == [["COMPLETED", "100", "none"]], f"{runs}\n{logs()}"
        assert self.query("SELECT video_id, status FROM apps_db_video") == [[video_id, "COMPLETED"]], logs()

    def expect_nothing_left(self):
        assert self.messages(self.queue_url) == (0, 0), self.logs()
        assert self.messages(self.dead_letters) == (0, 0), self.logs()
        eventually(lambda: not children(self.service.pid), "a child process goes on")
        folders = [path for path in self.work.rglob("*") if path.is_dir() and path.parent != self.work]
        assert not folders, f"left in the work folder: {folders}"
        assert self.service.terminate() == 0, self.logs()
        left = [path.name for path in self.work.iterdir() if path.name != ".lock"]
        assert not left, f"left in the work folder: {left}"
