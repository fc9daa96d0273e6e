"""What the parts of the report are written with."""

import statistics


def spread(values, digits=2):
    """The median, with the least and the greatest."""
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def failure(rounds):
    """Why there is no figure: the first reason given."""
    words = next((one["failure"] for one in rounds if one.get("failure")), "no figure")
    return words.splitlines()[0]


def rows(heads, lines):
    """A Markdown table."""
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [heads, ["---"] * len(heads), *lines]])
