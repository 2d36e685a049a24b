"""The hostile files: what each is called, what class of attack it is, how its bytes are made, and how it may end.

Nothing here is random: sound media come from ffmpeg's test picture, flips from a seeded generator.
"""

import dataclasses
from collections.abc import Callable

import damage
import declarations
import growth
import oddities
import pointers
import times


@dataclasses.dataclass(frozen=True)
class HostileFile:
    name: str
    kind: str
    make: Callable[[], bytes]
    endings: frozenset
    # Only with --all.
    wide: bool = False


class Corpus:
    def __init__(self, port, canary):
        """`port` is one on which nobody may knock, `canary` a video that nobody may open."""
        self.port, self.canary = port, canary
        self.files = {}
        for module, names in {
            damage: ("cuts", "flips", "nonsense"),
            declarations: ("sizes", "counts", "streams"),
            growth: ("bombs",),
            pointers: ("pointers",),
            times: ("endless", "times"),
            oddities: ("others", "shapes"),
        }.items():
            for name in names:
                getattr(module, name)(self)

    def add(self, kind, name, make, *endings, wide=False):
        assert name not in self.files, name
        self.files[name] = HostileFile(name, kind, make, frozenset(endings), wide)
