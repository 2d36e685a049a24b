"""An HTTP client that sends exactly the bytes it is given, and reads answers strictly."""

import dataclasses
import json
import re
import socket


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of a problem document, which it then is in every part."""
        assert self.headers.get("content-type") == "application/problem+json", self
        problem = self.json
        assert problem["status"] == self.status and problem["type"] == f"urn:framelake:problem:{problem['code']}", self
        return problem["code"]


class Connection:
    def __init__(self, port, seconds=120):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_while_it_goes(self, data):
        """False when the other side has hung up."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def _receive(self):
        data = self.socket.recv(1 << 16)
        self.buffer += data
        return bool(data)

    def _line(self):
        while b"\r\n" not in self.buffer:
            assert self._receive(), f"the connection ended within {self.buffer[:200]}"
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode("latin-1")

    def answer(self, method="GET"):
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", self._line())[1])
        headers = {}
        while line := self._line():
            name, _, value = line.partition(": ")
            assert re.fullmatch(r"[!-9;-~]+", name) and name.lower() not in headers, f"header {line!r}"
            headers[name.lower()] = value
        if status == 100:
            return self.answer(method)
        body = b"" if method == "HEAD" or status in (204, 304) else self._body(headers)
        return Answer(status, headers, body)

    def _body(self, headers):
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._line(), 16):
                body += self._exactly(size)
                assert self._line() == ""
            assert self._line() == ""
            return body
        return self._exactly(int(headers["content-length"]))

    def _exactly(self, count):
        while len(self.buffer) < count:
            assert self._receive(), "the connection ended within a body"
        body, self.buffer = self.buffer[:count], self.buffer[count:]
        return body

    def ends(self):
        """Waits until the other side hangs up; what still comes."""
        try:
            while self._receive():
                pass
        except ConnectionError:
            pass
        return self.buffer


class Client:
    """One request a connection."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token

    def raw(self, data, method="GET"):
        with Connection(self.port) as connection:
            connection.send(data)
            return connection.answer(method)

    def send(self, method, path, body=None, headers=None):
        lines = {"Host": "framelake", "Connection": "close"}
        if self.token is not None:
            lines["X-Internal-Token"] = self.token
        if body is not None:
            lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines |= headers or {}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return self.raw(head.encode("utf-8", "surrogateescape") + b"\r\n" + (body or b""), method)

    def get(self, path, headers=None):
        return self.send("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, data, headers)
