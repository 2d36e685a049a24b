"""What hostile files point at: a port that counts who knocks, and a video that counts who opens it."""

import ctypes
import os
import socket
import struct

IN_OPEN, IN_NONBLOCK = 0x20, os.O_NONBLOCK
EVENT = struct.Struct("iIII")


class Trap:
    def __init__(self, folder, canary):
        """`canary`: the bytes of a sound video, which would be analysed if a file led there."""
        self.canary = folder / "canary.mp4"
        self.canary.write_bytes(canary)
        self.stream = socket.create_server(("127.0.0.1", 0))
        self.stream.setblocking(False)
        self.port = self.stream.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.setblocking(False)
        self.datagrams.bind(("127.0.0.1", self.port))
        libc = ctypes.CDLL(None, use_errno=True)
        self.events = libc.inotify_init1(IN_NONBLOCK)
        watch = libc.inotify_add_watch(self.events, os.fsencode(self.canary), IN_OPEN)
        assert self.events >= 0 and watch >= 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.datagrams.close()
        os.close(self.events)

    def touched(self):
        """What happened since it was asked last: "opened", "connected", "datagram"."""
        found = []
        for name, take in (
            ("opened", lambda: os.read(self.events, EVENT.size)),
            ("connected", self.stream.accept),
            ("datagram", lambda: self.datagrams.recv(1)),
        ):
            try:
                while True:
                    take()
                    found.append(name)
            except BlockingIOError:
                continue
        return found
