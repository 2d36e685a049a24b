"""A TCP proxy between two parties of the pipeline: what passes can be held at a chosen point, and spoilt."""

import contextlib
import enum
import re
import socket
import struct
import threading
import time

CHUNK = 64 << 10
# A point's text may be cut in two by the chunks it travels in.
TAIL = 512


class Hold(enum.Enum):
    """Where at a point the traffic stops."""

    REQUEST = "before the request is forwarded"
    ANSWER = "after the request was carried out, before its answer is forwarded"


class Point:
    """The first request whose bytes match `request`, on a connection that has sent `after` before."""

    def __init__(self, request, after=None, hold=Hold.REQUEST, passing=0):
        self.request, self.hold, self.passing = re.compile(request, re.DOTALL), hold, passing
        self.after = re.compile(after, re.DOTALL) if after else None
        self.reached, self._released = threading.Event(), threading.Event()
        self._forward = True

    def wait(self, seconds=120):
        assert self.reached.wait(seconds), f"nothing like {self.request.pattern} passed within {seconds} s"

    def release(self, forward=True):
        """Lets the held bytes go, or loses them together with their connection."""
        self._forward = forward
        self._released.set()

    def stop_here(self):
        """True when the bytes may go on."""
        self.reached.set()
        self._released.wait()
        return self._forward


class Fault:
    """Spoils the connections that come while it lasts: `times` of them, or until it is healed."""

    def __init__(self, kind, times=2):
        self.kind, self.times, self.hits = kind, times, 0


class Link:
    """Listens on a free port of its own and forwards to `upstream`, a port on loopback."""

    def __init__(self, upstream):
        self.upstream = upstream
        self._points, self._fault, self._connections = [], None, set()
        self._lock = threading.Lock()
        self._listen(0)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _listen(self, port):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self):
        self.refuse()
        for point in self._points:
            point.release(forward=False)

    # What tests do with a link

    def at(self, *arguments, **options):
        """Adds a point; made before the traffic that shall reach it."""
        point = Point(*arguments, **options)
        with self._lock:
            self._points.append(point)
        return point

    def refuse(self):
        """Ends every connection and refuses new ones until `accept`."""
        # close() alone leaves a thread in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()

    def accept(self):
        self._listen(self.port)

    def spoil(self, fault):
        """Connections that stand are ended, so that the next request meets the fault."""
        with self._lock:
            self._fault = fault
        self._cut()

    def heal(self):
        with self._lock:
            self._fault = None

    def _cut(self):
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            reset(connection)

    # Traffic

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _take_fault(self):
        with self._lock:
            fault = self._fault
            if fault is None:
                return None
            fault.hits += 1
            if fault.hits >= fault.times:
                self._fault = None
            return fault.kind

    def _serve(self, client):
        kind = self._take_fault()
        with client, self._counted(client):
            if kind is not None and kind(client, self.upstream):
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                reset(client)
                return
            with server, self._counted(server):
                connection = Connection(self._points_now, client, server)
                back = threading.Thread(target=connection.pump_answers, daemon=True)
                back.start()
                connection.pump_requests()
                back.join()

    def _points_now(self):
        with self._lock:
            return list(self._points)

    @contextlib.contextmanager
    def _counted(self, connection):
        with self._lock:
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)


class Connection:
    def __init__(self, points, client, server):
        self.points, self.client, self.server = points, client, server
        self.sent = b""
        self.seen = set()
        # The point whose answer is to be held, and the bytes of it that still pass.
        self.awaited, self.passing = None, 0

    def pump_requests(self):
        try:
            while chunk := self.client.recv(CHUNK):
                for point in self.points():
                    if not point.reached.is_set() and not self._meets(point, chunk):
                        return
                self.sent = (self.sent + chunk)[-TAIL:]
                self.server.sendall(chunk)
            self.server.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            reset_quietly(self.server)

    def _meets(self, point, chunk):
        """False when the bytes are lost here."""
        text = self.sent + chunk
        if point.after is not None and point not in self.seen:
            if point.after.search(text):
                self.seen.add(point)
            return True
        match = point.request.search(text)
        if match is None or match.end() <= len(self.sent):
            return True
        if point.hold is Hold.ANSWER:
            self.awaited, self.passing = point, point.passing
            return True
        return point.stop_here() or self._lose()

    def pump_answers(self):
        try:
            while chunk := self.server.recv(CHUNK):
                point = self.awaited
                if point is not None and not point.reached.is_set():
                    head = chunk[: self.passing]
                    self.passing -= len(head)
                    self.client.sendall(head)
                    chunk = chunk[len(head) :]
                    if chunk and not point.stop_here():
                        self._lose()
                        return
                self.client.sendall(chunk)
            self.client.shutdown(socket.SHUT_WR)
        except OSError:
            reset_quietly(self.client)

    def _lose(self):
        reset(self.client)
        reset(self.server)
        return False


def reset(connection):
    """Ends a connection by RST, as the kernel of a machine that forgot it does."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Wakes the thread that reads it; the last close sends the RST.
        connection.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        connection.close()


def reset_quietly(connection):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


# Faults: each takes the client's connection and the upstream port; True when the connection is done with.


def silent(client, _):
    """Takes the request and says nothing until the client gives up."""
    while client.recv(CHUNK):
        pass
    return True


def read_request(client):
    """A whole HTTP request, as far as its head tells its length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(CHUNK)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        chunk = client.recv(CHUNK)
        if not chunk:
            break
        body += chunk
    return head + b"\r\n\r\n" + body


def answer_of(request, upstream):
    """What the server really answers, as long as it sends something."""
    # The server shall end the connection, so that its answer's end is seen.
    request = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"", request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    answer = b""
    with socket.create_connection(("127.0.0.1", upstream)) as server:
        server.sendall(request)
        while chunk := server.recv(CHUNK):
            answer += chunk
    return answer


def answering(status, *headers, only=b""):
    """Answers in place of the server, which never sees the requests whose bytes hold `only`."""

    def answer(client, upstream):
        request = read_request(client)
        if not request:
            return True
        if only not in request:
            client.sendall(answer_of(request, upstream))
            return True
        body = b"out of order"
        lines = [f"HTTP/1.1 {status}", *headers, "Content-Type: text/plain", f"Content-Length: {len(body)}"]
        with contextlib.suppress(OSError):
            client.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        return True

    return answer


def truncating(client, upstream):
    """The request is carried out; of its answer the last bytes are missing."""
    request = read_request(client)
    if request:
        answer = answer_of(request, upstream)
        head, separator, body = answer.partition(b"\r\n\r\n")
        with contextlib.suppress(OSError):
            client.sendall(head + separator + body[: len(body) // 2])
    return True


def resetting(client, upstream):
    """The request is carried out; the connection is reset in the middle of its answer."""
    request = read_request(client)
    if request:
        answer = answer_of(request, upstream)
        with contextlib.suppress(OSError):
            client.sendall(answer[: len(answer) // 2])
        # What was sent shall arrive before the reset overtakes it.
        time.sleep(0.05)
    reset(client)
    return True


def trickling(client, upstream):
    """The request is carried out; of its answer one byte comes a second, until the client gives up or has it."""
    request = read_request(client)
    if request:
        with contextlib.suppress(OSError):
            for byte in answer_of(request, upstream):
                client.sendall(bytes([byte]))
                time.sleep(1)
    return True


def resetting_stream(after):
    """For a protocol that is not HTTP: forwards so many bytes of the answers, then resets."""

    def spoil(client, upstream):
        with socket.create_connection(("127.0.0.1", upstream)) as server:
            left = after

            def requests():
                with contextlib.suppress(OSError):
                    while chunk := client.recv(CHUNK):
                        server.sendall(chunk)

            threading.Thread(target=requests, daemon=True).start()
            with contextlib.suppress(OSError):
                while left > 0 and (chunk := server.recv(min(left, CHUNK))):
                    client.sendall(chunk)
                    left -= len(chunk)
            reset(client)
            reset(server)
        return True

    return spoil
