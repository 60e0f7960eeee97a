"""Pictures by matplotlib without a screen, the same bytes on every run."""

from io import BytesIO
from pathlib import Path
from typing import Any

from returns_risk.io.files import atomic_file

__all__ = ["picture", "pyplot", "save_picture"]


def pyplot() -> Any:
    """Import ``matplotlib.pyplot`` so that it needs no screen."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def save_picture(path: Path) -> Path:
    """Write the current figure as PNG and close it."""
    content = picture()
    with atomic_file(path) as aside:
        aside.write_bytes(content)
    return path


def picture() -> bytes:
    """Return the current figure as PNG and close it."""
    plt, content = pyplot(), BytesIO()
    try:
        # Not plt.savefig, which draws once more for a screen. Without the version in its header the picture is the same
        # on every run.
        plt.gcf().savefig(content, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    finally:
        plt.close("all")
    return content.getvalue()
