"""Wall time, processor time and peak memory of each stage of the chain, beside another checkout of this project.

``python -m benchmarks.chain --before ../before --lines 66000``

A shop is simulated once, and both checkouts, each with its own ``.venv``, run their stages on its raw files by turns:
a stage of the one, then the same stage of the other, so that a busy machine slows down both alike. ``--rounds``
repeats all of it; the medians are printed as a Markdown table. Peak memory is that of a stage with the processes
that it starts, sampled ten times a second.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.oracle import LINES_PER_DAY, PARTS, ROOT

__all__ = ["main"]

STAGES = ("validate", "featurize", "backtest", "train", "evaluate", "score")
KEY = "raw:b1e60ad90df575b56863036dfd729af192ed72f4ae526401655d5c32c0d585fe"
Figures = dict[str, float]
_SAMPLES_PER_SECOND = 10
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main(arguments: list[str] | None = None) -> dict[str, dict[str, Figures]]:
    """Run the stages, print and return the figures by checkout and stage."""
    parser = argparse.ArgumentParser(description="Compare the stages of two checkouts.")
    parser.add_argument("--before", type=Path, help="the other checkout; none to measure this one alone")
    parser.add_argument("--after", type=Path, default=ROOT, help="this checkout, unless another is named")
    parser.add_argument("--lines", type=int, default=66_000, help="order lines, about")
    parser.add_argument("--raw", type=Path, help="raw files of a simulated shop, instead of a new one")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES), help="a beginning of the chain")
    parser.add_argument("--folder", type=Path, help="where the stages run; kept")
    options = parser.parse_args(arguments)
    checkouts = {"before": options.before, "after": options.after}
    checkouts = {name: path.resolve() for name, path in checkouts.items() if path is not None}
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        raw = options.raw.resolve() if options.raw else _simulate(folder / "shop", options.lines)
        measured: dict[str, dict[str, list[Figures]]] = {name: {} for name in checkouts}
        for _ in range(options.rounds):
            for name, checkout in checkouts.items():
                _prepare(folder / name, checkout, raw)
            for stage in options.stages:
                for name, checkout in checkouts.items():
                    measured[name].setdefault(stage, []).append(_run(folder / name, checkout, stage))
                    print(f"{name} {stage}: {json.dumps(measured[name][stage][-1])}", file=sys.stderr, flush=True)
    medians = {name: {stage: _median(rounds) for stage, rounds in stages.items()} for name, stages in measured.items()}
    print("\n".join(_table(medians)))
    return medians


def _simulate(folder: Path, lines: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "shop_simulator", "simulate", "--raw", "raw", "--truth", "truth", "--seed", "11"]
    command += ["--lines-per-day", str(max(1, round(lines * LINES_PER_DAY)))]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return folder / "raw"


def _prepare(folder: Path, checkout: Path, raw: Path) -> None:
    """Make a working folder with the chain of a checkout, and nothing that an earlier run made."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in PARTS:
        made = shutil.ignore_patterns("*.parquet", "definitions.json")
        shutil.copytree(checkout / part, folder / part, ignore=made)
    for file in ("params.yaml", "policy.yaml"):
        shutil.copy(checkout / file, folder / file)
    (folder / "data/raw").mkdir(parents=True)
    (folder / "data/raw/demo").symlink_to(raw)


def _run(folder: Path, checkout: Path, stage: str) -> Figures:
    command = [str(checkout / ".venv/bin/python"), f"pipelines/{stage}.py"]
    begun = time.perf_counter()
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"RETURNS_RISK_KEY": KEY}, stdout=log, stderr=log
        )
        peak, ended = [0], threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, peak, ended))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        ended.set()
        sampler.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{stage} of {checkout} failed:\n{(folder / 'log.txt').read_text()[-2000:]}")
    peak_gb = max(peak[0] / 1024**3, usage.ru_maxrss / 1024**2)
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_gb": peak_gb}


def _sample(pid: int, peak: list[int], ended: threading.Event) -> None:
    """Note the most memory that a process and its descendants had together, in bytes."""
    while not ended.wait(1 / _SAMPLES_PER_SECOND):
        peak[0] = max(peak[0], sum(_resident(one) for one in _descendants(pid)))


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = thread.read_text().split()
        except OSError:
            continue  # it has ended
        for child in children:
            yield from _descendants(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0  # it has ended


def _median(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def _table(medians: dict[str, dict[str, Figures]]) -> Iterator[str]:
    """Yield the lines of a Markdown table: a row for each stage and one for the chain."""
    names = list(medians)
    chain = {
        name: {
            "seconds": sum(each["seconds"] for each in stages.values()),
            "cpu_seconds": sum(each["cpu_seconds"] for each in stages.values()),
            "peak_gb": max(each["peak_gb"] for each in stages.values()),
        }
        for name, stages in medians.items()
    }
    compared = [" | times as fast"] if len(names) > 1 else []
    heads = [f"{name}: s | CPU s | GB" for name in names]
    yield f"| stage | {' | '.join(heads)}{''.join(compared)} |"
    yield "|---" + "|---:" * (3 * len(names) + len(compared)) + "|"
    for stage in [*medians[names[-1]], "chain"]:
        of_stage = [(chain[name] if stage == "chain" else medians[name][stage]) for name in names]
        cells = [f"{each['seconds']:.1f} | {each['cpu_seconds']:.1f} | {each['peak_gb']:.2f}" for each in of_stage]
        ratio = [f" | {of_stage[0]['seconds'] / of_stage[1]['seconds']:.1f}"] if len(names) > 1 else []
        yield f"| {stage} | {' | '.join(cells)}{''.join(ratio)} |"


if __name__ == "__main__":
    main()
