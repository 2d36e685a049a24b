"""Runs `analysis-service analyze` as the service runs its child: the same arguments, environment and limits."""

import dataclasses
import json
import os
import resource
import subprocess
import time

MEMORY_BYTES = 4 << 30
# The longest video that is analysed here. The service's own limit is four hours.
MAXIMUM_SECONDS = 60


@dataclasses.dataclass
class Run:
    exit_code: int
    # An error's code, or "whole", or "damaged".
    ending: str
    error: str
    seconds: float
    # Of processor time, whatever else the machine does.
    processor_seconds: float
    peak_bytes: int
    written_bytes: int
    left: list


def analyze(program, file, folder, processor_limit):
    """- processor_limit: seconds of processor time after which it is killed, by SIGXCPU."""
    spool = folder / "spool"
    spool.mkdir()
    command = [program, "analyze", file, "--spool", spool, "--json-lines", "--fps", "2"]
    command += ["--maximum-seconds", str(MAXIMUM_SECONDS)]
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(spool),
        "SWIFT_BACKTRACE": "enable=no",
    }

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (processor_limit, processor_limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    started = time.monotonic()
    with open(folder / "output", "w+") as output, open(folder / "errors", "w+") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            cwd=spool,
            env=environment,
            preexec_fn=limit,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        errors.seek(0)
        error = errors.read().strip()
        output.seek(0)
        lines = output.read().splitlines()
    if process.returncode == 0:
        ending = "damaged" if json.loads(lines[-1])["summary"]["corrupt_packets"] else "whole"
    else:
        ending = error.splitlines()[-1].partition(":")[0] if error else f"exit code {process.returncode}"
    files = [path for path in spool.rglob("*") if path.is_file()]
    return Run(
        exit_code=process.returncode,
        ending=ending,
        error=error,
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=usage.ru_maxrss << 10,
        written_bytes=sum(path.stat().st_size for path in files),
        left=sorted(path.name for path in files if path.suffix not in (".copy", ".json")),
    )
