"""Lambda functions made from images: a process for each, fed by the Runtime API (version 2018-06-01)."""

import json
import queue
import re
import threading
import time
import uuid
from dataclasses import dataclass, field

from mends import events
from mends.mend import mend
from moto.awslambda.models import LambdaFunction, lambda_backends
from werkzeug.serving import WSGIRequestHandler, make_server

from .processes import backends


@dataclass
class Invocation:
    event: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    deadline: float = 0
    answer: bytes = b""
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, answer, failed):
        if self.done.is_set():
            return
        self.answer, self.failed = answer, failed
        self.done.set()

    def fail(self, message, kind):
        self.finish(json.dumps({"errorMessage": message, "errorType": kind}).encode(), True)


class QuietHandler(WSGIRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


class Environment:
    """An execution environment: the process and its own Runtime API. It serves one invocation at a time."""

    def __init__(self, function, processes):
        self.function, self.processes = function, processes
        self.version = function.last_modified
        self.waiting = queue.Queue()
        self.current = None
        self.process = None
        # Which process may ask for invocations: one that has ended may have left a request behind.
        self.generation = 0
        self.asked = False
        self.closed = False
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def send(self, event):
        invocation = Invocation(event if isinstance(event, str) else json.dumps(event))
        self.waiting.put(invocation)
        return invocation

    def keep(self):
        """Starts the process when there is work for it, and ends an invocation whose process or time has run out."""
        current = self.current
        if self.process is not None and self.processes.ended(self.process):
            # One that ends before it asks for work would end again: the invocation that it was started for fails.
            if current is None and not self.asked and not self.waiting.empty():
                current = self.waiting.get()
            if current is not None:
                current.fail(f"Runtime exited with error: exit status {self.process.returncode}", "Runtime.ExitError")
            self._forget_process()
        elif self.process is not None and current is not None and time.monotonic() > current.deadline:
            self.processes.stop(self.process, 0)
            current.fail(f"Task timed out after {self.function.timeout}.00 seconds", "Sandbox.Timedout")
            self._forget_process()
        if self.process is None and not self.waiting.empty():
            try:
                self._start()
            except OSError as error:
                self.waiting.get().fail(str(error), "Runtime.InvalidEntrypoint")

    def _forget_process(self):
        self.process, self.current, self.generation = None, None, self.generation + 1

    def _start(self):
        settings = self.function.environment_vars | {
            "AWS_LAMBDA_FUNCTION_NAME": self.function.function_name,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.port}",
        }
        command = self.function.image_config.cmd
        name = f"functions/{self.function.function_name}"
        self.asked = False
        self.process = self.processes.start(name, self.function.code["ImageUri"], command, settings)

    def close(self):
        self.closed = True
        if self.process is not None:
            self.processes.stop(self.process, 2)
        if self.current is not None:
            self.current.fail("The function was deleted or changed", "Runtime.ExitError")
        self.server.shutdown()
        self.server.server_close()

    def __call__(self, environ, start_response):
        """The Runtime API."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if (method, path) == ("GET", "/2018-06-01/runtime/invocation/next"):
            return self._next(start_response)
        told = re.fullmatch(r"/2018-06-01/runtime/(?:invocation/([^/]+)/(response|error)|init/error)", path)
        current = self.current
        if method != "POST" or not told or (told[1] and (current is None or told[1] != current.id)):
            return _answer(start_response, "404 Not Found", b"{}")
        if told[1]:
            self.current = None
            current.finish(body, told[2] == "error")
        return _answer(start_response, "202 Accepted", b'{"status":"OK"}')

    def _next(self, start_response):
        self.asked = True
        invocation, generation = None, self.generation
        while invocation is None:
            if self.closed or generation != self.generation:
                return _answer(start_response, "410 Gone", b"{}")
            try:
                invocation = self.waiting.get(timeout=0.5)
            except queue.Empty:
                continue
        if generation != self.generation:
            self.waiting.put(invocation)
            return _answer(start_response, "410 Gone", b"{}")
        invocation.deadline = time.monotonic() + int(self.function.timeout)
        self.current = invocation
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", invocation.id),
            ("Lambda-Runtime-Invoked-Function-Arn", self.function.function_arn),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + int(self.function.timeout)) * 1000))),
        ]
        return _answer(start_response, "200 OK", invocation.event.encode(), headers)


class Functions:
    def __init__(self, processes):
        self.processes = processes
        self.environments = {}
        self.lock = threading.Lock()

    def send(self, arn, event):
        """An asynchronous invocation; what has no image, or is gone, hears nothing."""
        for backend in backends(lambda_backends):
            for function in backend.list_functions():
                if function.function_arn == arn and function.package_type == "Image":
                    return self.environment(function).send(event)
        return None

    def environment(self, function):
        with self.lock:
            environment = self.environments.get(function.function_arn)
            if environment is None or environment.version != function.last_modified:
                if environment is not None:
                    threading.Thread(target=environment.close, daemon=True).start()
                environment = self.environments[function.function_arn] = Environment(function, self.processes)
            return environment

    def reconcile(self):
        functions = {f.function_arn for b in backends(lambda_backends) for f in b.list_functions()}
        with self.lock:
            gone = [self.environments.pop(arn) for arn in list(self.environments) if arn not in functions]
            left = list(self.environments.values())
        for environment in gone:
            environment.close()
        for environment in left:
            environment.keep()


def install(processes):
    functions = Functions(processes)
    events.targets["lambda"] = functions.send

    @mend(LambdaFunction, "invoke")
    def _invoke(original, self, body, request_headers, response_headers):
        if self.package_type != "Image":
            return original(self, body, request_headers, response_headers)
        event = body or "{}"
        invocation = functions.environment(self).send(event if isinstance(event, str) else event.decode())
        if request_headers.get("x-amz-invocation-type", "RequestResponse") != "RequestResponse":
            return b""
        invocation.done.wait()
        if invocation.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return invocation.answer

    return functions


def _answer(start_response, status, body, headers=()):
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]
    )
    return [body]
