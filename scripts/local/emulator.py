"""S3, SQS, Secrets Manager and the rest of moto's AWS on loopback, mended where moto differs from AWS.

    emulator.py --port 4566 --port-file FILE [--database URL] [--programs FOLDER --logs FOLDER]

The differences that are mended are in mends/; signatures.py checks every request's signature before moto sees it.
With --programs what AWS would run in containers (Batch jobs, ECS services, Lambda functions) runs as processes of the
executables in that folder: see programs/. State is in memory and ends with the process, and so do the processes.
GET /_emulator/health needs no signature.
"""

import argparse
import os
import signal
import sys
from urllib.parse import unquote, urlsplit

# moto reads these when it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

import mends.database  # importing it mends moto
import programs
from signatures import Credential, SignatureCheck

# Stand-ins, as public as this file: one pair of long-lived keys, one set of temporary ones, and one that has expired.
CREDENTIALS = {
    "AKIAFRAMELAKELOCAL00": Credential("local-secret-access-key"),
    "ASIAFRAMELAKELOCAL00": Credential("local-temporary-secret", token="local/session+token=="),
    "ASIAFRAMELAKEEXPIRED": Credential("local-expired-secret", token="local/expired+token==", expired=True),
}


class RequestHandler(MotoRequestHandler):
    def log_request(self, code="-", size="-"):
        """The path alone: a presigned URL's query is as good as a password."""
        self.log("info", '"%s %s" %s', self.command, self.path.partition("?")[0], code)


def with_health(application):
    def answer(environ, start_response):
        if environ["PATH_INFO"] == "/_emulator/health":
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
            return [b"ok\n"]
        return application(environ, start_response)

    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4566, help="0 takes a free one")
    parser.add_argument("--port-file", help="written when the emulator listens")
    parser.add_argument("--database", help="postgres:// URL of the server that stands for every RDS instance")
    parser.add_argument("--programs", help="folder of the executables that images stand for")
    parser.add_argument("--logs", help="folder for what the programs print")
    arguments = parser.parse_args()
    if bool(arguments.programs) != bool(arguments.logs):
        parser.error("--programs and --logs go together")

    if arguments.database:
        url = urlsplit(arguments.database)
        mends.database.server = mends.database.Server(
            url.hostname, url.port or 5432, unquote(url.username), unquote(url.password or "")
        )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    moto = DomainDispatcherApplication(create_backend_app)
    application = with_health(SignatureCheck(moto, CREDENTIALS))
    server = make_server(arguments.host, arguments.port, application, threaded=True, request_handler=RequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    running = None
    if arguments.programs:
        keys = ("AKIAFRAMELAKELOCAL00", CREDENTIALS["AKIAFRAMELAKELOCAL00"].secret)
        running = programs.start(arguments.programs, arguments.logs, f"http://{arguments.host}:{server.port}", keys)
    if arguments.port_file:
        with open(arguments.port_file + ".part", "w", encoding="utf-8") as file:
            file.write(f"{server.port}\n")
        os.replace(arguments.port_file + ".part", arguments.port_file)
    print(f"listening on {arguments.host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    finally:
        if running is not None:
            running.close()


if __name__ == "__main__":
    main()
