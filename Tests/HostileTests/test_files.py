"""Every hostile file, analysed as the service's child does: a typed error or what could be decoded, within limits."""

import socket

from child import analyze
from local_emulator import eventually

# Of one analysis. A sound video of this size takes about 90 MiB and half a second in a debug build.
MOST_MEMORY = 1280 << 20
MOST_PROCESSOR_SECONDS = 120
MOST_WRITTEN = 16 << 20


def test_a_hostile_file(name, corpus, programs, trap, tmp_path, record_property):
    file = corpus[name]
    path = tmp_path / name
    path.write_bytes(file.make())
    run = analyze(programs / "analysis-service", path, tmp_path, MOST_PROCESSOR_SECONDS)
    record_property("cost", (file.kind, run.ending, run.peak_bytes, run.processor_seconds, run.written_bytes))

    assert run.ending in file.endings, run
    is_analysed = run.ending in ("whole", "damaged")
    assert run.exit_code == (0 if is_analysed else 65), run
    assert is_analysed or run.error.endswith("."), run
    assert run.peak_bytes < MOST_MEMORY and run.written_bytes < MOST_WRITTEN, run
    assert run.left == [], run
    assert trap.touched() == [], run


def test_a_sound_file_costs_what_the_limits_are_measured_by(corpus, programs, trap, tmp_path):
    """Also: the canary is a video, and opening it or knocking at the port shows."""
    assert trap.touched() == []
    run = analyze(programs / "analysis-service", trap.canary, tmp_path, MOST_PROCESSOR_SECONDS)
    assert (run.ending, run.left) == ("whole", []), run
    assert "opened" in trap.touched()


def test_the_trap_tells_a_connection(trap):
    with socket.create_connection(("127.0.0.1", trap.port)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", trap.port))
        touched = set()
        eventually(lambda: touched.update(trap.touched()) or touched == {"connected", "datagram"}, lambda: str(touched))
