"""Many short videos, then a long one, through the real executables: no row lost or doubled, nothing that grows.

scripts/soak runs it; docs/reliability.md explains what it prints.
"""

import argparse
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "FaultTests"))

import videos
from bench import ROOT, TABLES, Bench, PostgreSQL, Server, alive
from watch import CHILD, CONNECTIONS, PEAK, PRIVATE, Watch

SLOTS = 2
DRAINS = 2
# As docs/operations.md and terraform/ have it.
RECEIVES = 3
VISIBILITY_SECONDS = 60
# Digests of all rows on a busy machine.
QUERY_SECONDS = 900
# Fewer videos are over before memory and pools are at rest.
FEWEST_FOR_GROWTH = 400
# The service's pool opens a connection when all are in use, and keeps it.
POOL_SIZE = 8
# The emulator keeps every object in memory; a child of one content holds more than one of another; how many connections
# were in use at once depends on what else the machine does.
NOT_JUDGED = {"emulator, memory", CHILD, PRIVATE, CONNECTIONS}
# What a moment adds to the middle of a quarter: a leak of one file, or of the smallest video, with each video is more.
SLACK = {"": 2, "MB": 0}
WORK_FOLDER_SLACK = 1


class Direct:
    """In a link's place: nothing lies between the two parties."""

    def __init__(self, upstream):
        self.upstream = upstream

    @property
    def port(self):
        return self.upstream

    @property
    def url(self):
        return f"http://127.0.0.1:{self.upstream}"

    def close(self):
        pass


class Soak(Bench):
    link = Direct

    def provision(self):
        super().provision(RECEIVES, VISIBILITY_SECONDS)

    def start(self):
        """The service with the settings of a deployment, but for its two slots."""
        defaults = {"ANALYSIS_FPS": "", "ANALYSIS_LEASE_SECONDS": ""}
        self.start_service(MAX_CONCURRENT_ANALYSES=str(SLOTS), **defaults)

    def put(self, names, files):
        """Uploads each file under a name of its own; their video ids."""
        s3, ids = self.s3, []
        for name, file in zip(names, files, strict=True):
            s3.put_object(Bucket=self.bucket, Key=f"videos/{name}{file.suffix}", Body=file.read_bytes())
            ids.append(name if file.suffix == ".mp4" else name + file.suffix)
        return ids

    def number(self, sql):
        return float(self.query(sql, QUERY_SECONDS)[0][0])


def all_stored(query):
    """Of each video how many rows of each table, and a digest of all that they say, without what names the run."""
    found = {}
    for table in TABLES:
        row = "md5((to_jsonb(t) - 'id' - 'video_id' - 'analysis_id' - 'created_at')::text)"
        digest = f"md5(string_agg({row}, '' ORDER BY {row}))"
        rows = query(f"SELECT video_id, count(*), {digest} FROM {table} t GROUP BY 1", QUERY_SECONDS)
        for video_id, count, digest in rows:
            found.setdefault(video_id, {})[table] = (int(count), digest)
    return found


class Report:
    """What is printed, and whether a bound was broken."""

    def __init__(self):
        self.broken = []

    def say(self, *lines):
        print(*lines, sep="\n", flush=True)

    def check(self, what, holds, detail=""):
        self.say(f"| {what} | {detail} | {'yes' if holds else 'NO'} |")
        if not holds:
            self.broken.append(what)

    def begin_checks(self):
        self.say("", "| what | | holds |", "| --- | --- | --- |")

    def growths(self, growths):
        self.say("", "| what | second quarter | last quarter | change | highest | flat |", "| --- " * 6 + "|")
        for growth in growths:
            verdict = "not judged"
            if growth.name not in NOT_JUDGED:
                holds = growth.is_flat(slack=WORK_FOLDER_SLACK if growth.name == "work folder" else SLACK[growth.unit])
                verdict = "yes" if holds else "NO"
                if not holds:
                    self.broken.append(growth.name)
            unit = f" {growth.unit}" if growth.unit else ""
            figures = " | ".join(f"{value:.1f}{unit}" for value in (growth.before, growth.after))
            self.say(f"| {growth.name} | {figures} | {growth.share:+.1%} | {growth.highest:.1f}{unit} | {verdict} |")


def clean_rows(folder, programs, postgresql, emulator, shorts):
    """What each content stores, analysed alone by another service."""
    with Soak(make(folder / "clean"), programs, postgresql, emulator, None) as bench:
        bench.start()
        ids = bench.put(shorts.keys(), shorts.values())
        code = bench.start_drain(MAX_CONCURRENT_MESSAGES="1").end(600)
        stored = all_stored(bench.query)
        assert code == 0 and stored.keys() == set(ids), bench.logs()
        assert set().union(*stored.values()) == set(TABLES), stored
        bench.expect_nothing_left()
    return {content: stored[video_id] for content, video_id in zip(shorts, ids, strict=True)}


def make(folder):
    folder.mkdir()
    return folder


def deleted(bench):
    return sum(drain.log.read_text(errors="replace").count('"Message deleted"') for drain in bench.drains)


def wait_for_drains(bench, seconds):
    """Their exit codes. Says each minute how far they are."""
    said = time.monotonic()
    deadline = said + seconds
    while any(drain.process.poll() is None for drain in bench.drains):
        assert bench.service.process.poll() is None, f"the service ended:\n{bench.logs()}"
        assert time.monotonic() < deadline, f"the drains go on after {seconds} s:\n{bench.logs()}"
        time.sleep(0.2)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(f"{deleted(bench)} videos done", file=sys.stderr, flush=True)
    return [drain.process.returncode for drain in bench.drains]


def process_of(server, name):
    return int((server.instance / f"{name}.pid").read_text().split()[0])


@contextlib.contextmanager
def watch(bench, name):
    """The samples are in the folder that --keep keeps."""
    with Watch(bench, process_of(bench.postgresql, "postgresql"), process_of(bench.emulator, "emulator")) as seen:
        yield seen
    (bench.folder / f"{name}.json").write_text(json.dumps({**seen.series, PEAK: sorted(seen.peaks.values())}))


def many(bench, shorts, clean, count, report):
    """The load: everything waits in the queue when two drains begin, and lasts until it is empty. The rows expected."""
    contents = list(itertools.islice(itertools.cycle(shorts), count))
    names = [f"{content}-{index:05}" for index, content in enumerate(contents)]
    ids = bench.put(names, [shorts[content] for content in contents])
    with watch(bench, "load") as seen:
        for _ in range(DRAINS):
            bench.start_drain()
        codes = wait_for_drains(bench, 600 + 30 * count)
    frames = bench.number("SELECT coalesce(sum(frames_analysed), 0) FROM apps_db_videoanalysis")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    report.say(
        f"{count} videos of {len(shorts)} contents, {DRAINS} drains, one service with {SLOTS} slots: "
        f"{seen.seconds:.0f} s, {count / seen.seconds * 60:.0f} videos a minute, {frames / seen.seconds:.0f} frames "
        f"analysed a second; {os.cpu_count()} cores, load {load}"
    )
    if count >= FEWEST_FOR_GROWTH:
        report.growths([seen.growth_of_peaks(), *seen.growths()])
    else:
        report.say("", f"Growth is judged from {FEWEST_FOR_GROWTH} videos on.")
    report.begin_checks()
    expected = {video: clean[content] for video, content in zip(ids, contents, strict=True)}
    check_rows(bench.query, expected, report)
    most = seen.highest("work folder, analyses")
    report.check("no more analyses at once than slots", most <= SLOTS, f"{most}")
    connections = seen.highest(CONNECTIONS)
    report.check("no more connections than the pool has", connections <= POOL_SIZE, f"{connections}")
    report.check("each message handled once", deleted(bench) == count, f"{deleted(bench)} deleted")
    report.check("the drains' exit codes", codes == [0] * DRAINS, f"{codes}")
    check_queues(bench, report)
    return expected


def check_rows(query, expected, report):
    """`expected` by video id, and no row of another video."""
    stored, count = all_stored(query), len(expected)
    wrong = sorted(video for video in expected.keys() | stored.keys() if stored.get(video) != expected.get(video))
    rows = sum(rows for tables in stored.values() for rows, _ in tables.values())
    detail = f"{rows} rows of {len(stored)} videos" + (f"; wrong: {wrong[:5]}" if wrong else "")
    report.check("rows of all tables are a clean run's, once", not wrong, detail)
    whole = "a.status = 'COMPLETED' AND progress = 100 AND lease_expires_at IS NULL AND v.status = 'COMPLETED'"
    figures = query(
        f"SELECT count(*), count(*) FILTER (WHERE {whole}), count(DISTINCT video_id), max(attempt) "
        "FROM apps_db_video v LEFT JOIN apps_db_videoanalysis a USING (video_id)",
        QUERY_SECONDS,
    )
    *counts, attempts = map(int, figures[0])
    detail = f"{counts[0]} analyses, most attempts {attempts}"
    report.check("one completed analysis of each video", set(counts) == {count}, detail)


def check_queues(bench, report):
    queue, dead = bench.messages(bench.queue_url), bench.messages(bench.dead_letters)
    report.check("queue and dead-letter queue are empty", queue == dead == (0, 0), f"{sum(queue)} and {sum(dead)}")


def one(bench, name, file):
    """A video by itself."""
    bench.put([name], [file])
    with watch(bench, name) as seen:
        bench.start_drain()
        codes = wait_for_drains(bench, 4 * 3600)
    assert codes[-1] == 0, bench.logs()
    return seen


def long_video(bench, folder, hours, report):
    """Through the same service, compared with two minutes of the same scene."""
    long, short, seconds = videos.make_long(folder, hours)
    shorter = one(bench, "two-minutes", short)
    longer = one(bench, "long", long)
    frames = seconds * videos.LONG_FRAMES_PER_SECOND
    report.say(
        "",
        f"One video of {seconds / 3600:g} hours, {frames} frames, through the same service: {longer.seconds:.0f} s, "
        f"{frames / longer.seconds:.0f} frames a second",
    )
    names = [name for name in longer.series if name.startswith(("analysis-service", "drain", CHILD))]
    report.growths(longer.growths(*names))
    report.begin_checks()
    peaks = longer.highest_peak, shorter.highest_peak
    detail = f"{peaks[0]:.0f} MB against {peaks[1]:.0f} MB of two minutes"
    report.check("the child's memory is that of a short video", peaks[0] < peaks[1] * 1.1, detail)
    spools = longer.highest("work folder"), shorter.highest("work folder")
    allowed = spools[1] * seconds / 120
    detail = f"at most {spools[0]:.0f} MB on disk; {spools[1]:.1f} MB for two minutes"
    report.check("the spool grows no faster than the video", spools[0] <= allowed, detail)
    decoded, analysed = bench.query(
        "SELECT frames_decoded, frames_analysed FROM apps_db_videoanalysis WHERE video_id = 'long'"
    )[0]
    report.check("every frame is analysed", int(decoded) == int(analysed) == frames, f"{analysed} frames")
    counted = " + ".join(f"(SELECT count(*) FROM {table} WHERE video_id = 'long')" for table in TABLES)
    said = "events + tracks + depth_data + display_data + frame_embeddings + object_embeddings"
    rows, promised = bench.query(f"SELECT {counted}, {said} FROM apps_db_videoanalysis WHERE video_id = 'long'")[0]
    report.check("as many rows as the analysis says", rows == promised, f"{rows} rows")
    timed = [table for table in TABLES if table != "apps_db_track"]
    last = " UNION ALL ".join(f"SELECT max(timestamp) FROM {table} WHERE video_id = 'long'" for table in timed)
    latest = bench.number(f"SELECT max(max) FROM ({last}) t")
    expected = (frames - 1) / videos.LONG_FRAMES_PER_SECOND
    report.check("the last timestamp is the last frame's", abs(latest - expected) < 0.001, f"{latest:.1f} s")
    # The run's own row is written once more by a renewal of the lease that waited for the commit, as it was.
    tables = [*TABLES, "apps_db_video"]
    transactions = " UNION ".join(f"SELECT xmin::text FROM {table} WHERE video_id = 'long'" for table in tables)
    count = bench.number(f"SELECT count(*) FROM ({transactions}) t")
    report.check("all of it in one transaction", count == 1, f"{count:.0f}")
    check_queues(bench, report)


def stop_in_flight(bench, folder, report):
    """Both executables are told to stop while an analysis runs that is longer than they may take."""
    video, *_ = videos.make_long(folder, 0.5)
    bench.put(["stopped"], [video])
    drain = bench.start_drain()
    child = bench.child()
    begin = time.monotonic()
    for program in (bench.service, drain):
        program.process.terminate()
    codes, seconds = [], []
    for program in (bench.service, drain):
        codes.append(program.end(120))
        seconds.append(time.monotonic() - begin)
    report.say("", "Told to stop in the middle of an analysis:")
    report.begin_checks()
    # The drain has seen that a message stays.
    detail = f"service {codes[0]} after {seconds[0]:.1f} s, drain {codes[1]}"
    report.check("exit codes, inside 30 s", codes == [0, 1] and max(seconds) < 30, detail)
    report.check("the child has ended", not alive(child))
    runs = bench.query(
        "SELECT status, progress, coalesce(lease_expires_at::text, 'no lease') FROM apps_db_videoanalysis "
        "WHERE video_id = 'stopped'"
    )
    report.check("the analysis is given back", runs == [["PENDING", "0", "no lease"]], f"{runs}")
    rows = all_stored(bench.query).get("stopped")
    report.check("nothing of it is stored", rows is None)
    waiting = bench.messages(bench.queue_url)
    report.check("its message waits in the queue", waiting == (1, 0), f"{waiting}")


def check_work_folder(bench, report):
    """After the service's end."""
    left = [path.name for path in bench.work.iterdir() if path.name != ".lock"]
    report.check("the work folder is empty", not left, f"{left}" if left else "")


def run(folder, instance, programs, count, hours):
    report = Report()
    postgresql = emulator = None
    try:
        postgresql, emulator = PostgreSQL(instance), Server("emulator", instance)
        shorts = videos.make_shorts(make(folder / "videos"))
        clean = clean_rows(folder, programs, postgresql, emulator, shorts)
        with Soak(make(folder / "load"), programs, postgresql, emulator, None) as bench:
            bench.start()
            many(bench, shorts, clean, count, report)
            if hours:
                long_video(bench, folder / "videos", hours, report)
            stop_in_flight(bench, folder / "videos", report)
            check_work_folder(bench, report)
    finally:
        for server in (emulator, postgresql):
            if server is not None:
                server.stop()
    return report


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--videos", type=int, default=1000, metavar="N", help="short videos (default: 1000)")
    parser.add_argument("--hours", type=float, default=3, metavar="H", help="of the long one, 0 for none (default: 3)")
    parser.add_argument("--keep", action="store_true", help="keep logs, samples and videos")
    options = parser.parse_args()
    if options.videos < 1 or options.hours < 0:
        parser.error("that many videos cannot be made")
    programs = pathlib.Path(os.environ["FRAMELAKE_TEST_PROGRAMS"])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    # A folder that the user whom PostgreSQL runs as can enter.
    folder = ROOT / ".local" / f"soak.{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        report = run(folder, folder, programs, options.videos, options.hours)
    finally:
        if options.keep:
            print(f"\nkept: {folder}", file=sys.stderr)
        else:
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder)
    if report.broken:
        print(f"\nBROKEN: {', '.join(report.broken)}")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
