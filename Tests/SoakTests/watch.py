"""Looks at processes and a folder while they work, from /proc alone, and says what grew."""

import contextlib
import dataclasses
import os
import pathlib
import statistics
import threading
import time

from bench import children

CHILD_SECONDS = 0.05
ALL_SECONDS = 1
PEAK = "child, peak memory"
CHILD = "child, memory"
PRIVATE = "analysis-service, private memory"
CONNECTIONS = "connections to PostgreSQL"


def memory(pid, field):
    """Megabytes of a field of /proc/PID/status; None for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) / 1024
    return None


def open_files(pid):
    with contextlib.suppress(OSError):
        return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
    return None


def command(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def megabytes_below(folder):
    """What was removed meanwhile does not count."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, file)).st_size
    return total / (1 << 20)


def folders_of_runs(folder):
    """Those of the analyses that run, each in the folder of its process."""
    return sum(len(folders) for parent, folders, _ in os.walk(folder) if pathlib.Path(parent).parent == folder)


@dataclasses.dataclass
class Growth:
    """A series' middle in the second quarter of its time against the last one's."""

    name: str
    unit: str
    before: float
    after: float
    highest: float

    @property
    def share(self):
        return self.after / self.before - 1 if self.before else (1.0 if self.after else 0.0)

    def is_flat(self, share=0.05, slack=0.0):
        return self.after < self.before * (1 + share) + max(slack, 1e-9)


def growth(name, unit, samples):
    """`samples` are pairs of time and value, in order of time."""
    begin, end = samples[0][0], samples[-1][0]

    def quarter(first):
        low, high = begin + (end - begin) * first / 4, begin + (end - begin) * (first + 1) / 4
        return [value for when, value in samples if low <= when <= high]

    before, after = quarter(1), quarter(3)
    if not before or not after:
        raise RuntimeError(f"{name} was seen {len(samples)} times, too few for a quarter of the time")
    highest = max(value for _, value in samples)
    return Growth(name, unit, statistics.median(before), statistics.median(after), highest)


class Watch:
    """Samples a bench in a thread of its own, from entry to exit."""

    def __init__(self, bench, postmaster, emulator):
        self.bench, self.postmaster, self.emulator = bench, postmaster, emulator
        self.series, self.units, self.peaks = {}, {}, {}
        self._ended, self._trouble = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.begin = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.end = time.monotonic()
        self._ended.set()
        self._thread.join()
        if self._trouble:
            raise self._trouble

    @property
    def seconds(self):
        return self.end - self.begin

    def growths(self, *names):
        """Of the series that are named, or of all."""
        return [growth(name, self.units[name], self.series[name]) for name in names or self.series]

    def growth_of_peaks(self):
        """A child counts when it was last seen, by the most that it ever held."""
        return growth(PEAK, "MB", sorted(self.peaks.values()))

    def highest(self, name):
        return max(value for _, value in self.series[name])

    @property
    def highest_peak(self):
        return max(value for _, value in self.peaks.values())

    def _run(self):
        try:
            self._sample()
        except Exception as error:
            self._trouble = error

    def _sample(self):
        next_look = 0.0
        while not self._ended.wait(CHILD_SECONDS):
            now = time.monotonic()
            for child in children(self.bench.service.pid):
                if (peak := memory(child, "VmHWM")) is not None:
                    self.peaks[child] = (now, peak)
            if now >= next_look:
                next_look = now + ALL_SECONDS
                self._look(now)

    def _look(self, now):
        service = self.bench.service.pid
        self._note(now, "analysis-service, memory", "MB", memory(service, "VmRSS"))
        self._note(now, PRIVATE, "MB", memory(service, "RssAnon"))
        for child in children(service):
            self._note(now, CHILD, "MB", memory(child, "VmRSS"))
        for index, drain in enumerate(self.bench.drains, 1):
            if drain.process.poll() is None:
                self._note(now, f"drain {index}, memory", "MB", memory(drain.pid, "VmRSS"))
                self._note(now, f"drain {index}, open files", "", open_files(drain.pid))
        # Shared buffers are the same pages in every process, and fill up once: what each holds for itself is counted.
        mine = f"postgres: framelake {self.bench.name} "
        backends = [pid for pid in children(self.postmaster) if command(pid).startswith(mine)]
        private = [held for pid in backends if (held := memory(pid, "RssAnon")) is not None]
        # One that has stored rows holds more than one that has not: a middle of them would tell which are open.
        if private:
            self._note(now, "PostgreSQL, private memory of the largest backend", "MB", max(private))
        self._note(now, CONNECTIONS, "", len(private))
        # Each connection is an open file too.
        if (files := open_files(service)) is not None:
            self._note(now, "analysis-service, other open files", "", files - len(private))
        self._note(now, "work folder", "MB", megabytes_below(self.bench.work))
        self._note(now, "work folder, analyses", "", folders_of_runs(self.bench.work))
        self._note(now, "emulator, memory", "MB", memory(self.emulator, "VmRSS"))

    def _note(self, now, name, unit, value):
        if value is not None:
            self.units[name] = unit
            self.series.setdefault(name, []).append((now, value))
