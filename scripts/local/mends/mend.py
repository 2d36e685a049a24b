"""How a mend is written down."""

import functools


def mend(owner, name):
    """Puts the decorated function in the place of `owner.name`; it gets what was there before as its first argument."""
    original = getattr(owner, name)

    def place(replacement):
        @functools.wraps(original)
        def mended(*arguments, **named):
            return replacement(original, *arguments, **named)

        setattr(owner, name, mended)
        return replacement

    return place
