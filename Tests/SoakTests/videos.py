"""A handful of short videos that differ in length, size, codec and container, and a long one."""

import dataclasses
import subprocess

from bench import ROOT

SAMPLES = ["/usr/share/doc/opencv-doc/examples/data/vtest.avi", ROOT / ".local/sample/vtest.avi"]
LONG_FRAMES_PER_SECOND = 5
# The long video is this scene again and again.
SCENE_SECONDS = 600


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=1200)


@dataclasses.dataclass(frozen=True)
class Short:
    name: str
    container: str
    seconds: float
    options: tuple


H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
SHORTS = [
    Short("street", "mp4", 1.5, ("-vf", "scale=160:120", *H264)),
    Short("square", "avi", 1, ("-vf", "scale=192:144", "-c:v", "mpeg4")),
    Short("yard", "mkv", 3, ("-vf", "scale=128:96", *H264)),
    Short("upright", "mov", 2, ("-vf", "scale=160:120,transpose=1", *H264)),
    Short("door", "webm", 1, ("-vf", "scale=176:144", "-c:v", "libvpx", "-deadline", "realtime")),
    Short("hall", "ts", 2, ("-vf", "scale=144:112", "-c:v", "mpeg2video")),
]


def make_shorts(folder):
    """Files by name, each another part of OpenCV's sample: people who walk."""
    sample = next((path for path in map(ROOT.joinpath, SAMPLES) if path.exists()), None)
    if sample is None:
        raise SystemExit("OpenCV's sample video is missing: run scripts/setup")
    made = {}
    for index, short in enumerate(SHORTS):
        made[short.name] = folder / f"{short.name}.{short.container}"
        cut = ["-ss", str(index * 8), "-t", str(short.seconds), "-i", sample]
        ffmpeg(*cut, "-an", *short.options, made[short.name])
    return made


def make_long(folder, hours):
    """The long video, and two minutes of it: three boxes of different sizes that cross a still picture."""
    scene, long, short = (folder / f"{name}.mp4" for name in ("scene", "long", "two-minutes"))
    rate = LONG_FRAMES_PER_SECOND
    boxes = [("white", "16x40", "mod(9*t,176)", "60"), ("navy", "28x20", "176-mod(14*t,176)", "104"),
             ("red", "12x30", "80+40*sin(t/5)", "16")]
    sources, filters, last = ["-f", "lavfi", "-i", f"color=gray:s=176x144:r={rate},noise=alls=12"], [], "0"
    for index, (colour, size, x, y) in enumerate(boxes, 1):
        sources += ["-f", "lavfi", "-i", f"color={colour}:s={size}:r={rate}"]
        filters.append(f"[{last}][{index}]overlay=x='{x}':y={y}[o{index}]")
        last = f"o{index}"
    ffmpeg(*sources, "-filter_complex", ";".join(filters), "-map", f"[{last}]", "-t", str(SCENE_SECONDS),
           "-c:v", "libx264", "-preset", "ultrafast", "-crf", "32", "-pix_fmt", "yuv420p", scene)
    times = round(hours * 3600 / SCENE_SECONDS)
    ffmpeg("-stream_loop", str(times - 1), "-i", scene, "-c", "copy", long)
    ffmpeg("-t", "120", "-i", scene, "-c", "copy", short)
    return long, short, times * SCENE_SECONDS
