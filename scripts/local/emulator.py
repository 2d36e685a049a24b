"""S3, SQS, Secrets Manager and the rest of moto's AWS on loopback, mended where moto differs from AWS.

    emulator.py --port 4566 --port-file FILE

The differences that are mended are in mends.py; signatures.py checks every request's signature before moto sees it.
State is in memory and ends with the process. GET /_emulator/health needs no signature.
"""

import argparse
import os
import signal
import sys

# moto reads these when it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

import mends
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
    arguments = parser.parse_args()

    mends.apply()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    moto = DomainDispatcherApplication(create_backend_app)
    application = with_health(SignatureCheck(moto, CREDENTIALS))
    server = make_server(arguments.host, arguments.port, application, threaded=True, request_handler=RequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    if arguments.port_file:
        with open(arguments.port_file + ".part", "w", encoding="utf-8") as file:
            file.write(f"{server.port}\n")
        os.replace(arguments.port_file + ".part", arguments.port_file)
    print(f"listening on {arguments.host}:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
