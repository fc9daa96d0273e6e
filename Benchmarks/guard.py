"""Counts the instructions of fixed workloads and compares them with guard.tsv: `make bench-guard`.

callgrind counts only inside Guard's function `counted`, on the thread that is in it: start-up, warm-up and what other
threads do by chance stay out, which they wouldn't quite if a run were subtracted from one twice as long. The chat alone is
counted as a whole, by such a subtraction: see guard_chat.py.
"""

import argparse
import concurrent.futures
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import guard_chat

FOLDER = pathlib.Path(__file__).parent
GUARD = FOLDER / ".build/release/Guard"
KEPT = FOLDER / "guard.tsv"
TOLERANCE = 0.05
REPETITIONS = 100
COUNTED = "*5Guard7counted*"  # as Swift mangles it, specialized or not
ENVIRONMENT = {
    **os.environ,
    "SWIFT_DETERMINISTIC_HASHING": "1",
    # The C library copies and compares with what the processor has; without these all x86-64 ones get the same code.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-BMI2,-ERMS,-FSRM,-SSE4_2,-SSE4_1,-SSSE3",
}


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def surroundings():
    """What the counts depend on besides the sources."""
    return {
        "compiler": ", ".join(output("swift", "--version").split("\n")).strip(", "),
        "C library": " ".join(platform.libc_ver()),
    }


def count(name):
    """Instructions for each operation of a workload."""
    if name in guard_chat.WORKLOADS:
        return guard_chat.count(name, ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder:
        counts = pathlib.Path(folder, "counts")
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", f"--toggle-collect={COUNTED}",
             GUARD, name, str(REPETITIONS)],
            env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
        total = re.search(r"^totals: (\d+)", counts.read_text(), re.MULTILINE) if counts.exists() else None
    if done.returncode != 0 or not total or total[1] == "0":
        sys.exit(f"{name}: nothing was counted\n{done.stderr[-2000:]}")
    return round(int(total[1]) / REPETITIONS)


def read():
    """What is kept: the surroundings, and the counts by name."""
    if not KEPT.exists():
        return {}, {}
    rows = [line.split("\t") for line in KEPT.read_text().splitlines()]
    known = {row[0][2:]: row[1] for row in rows if row[0].startswith("# ") and len(row) == 2}
    return known, {row[0]: int(row[1]) for row in rows if not row[0].startswith("#")}


def write(known, counts):
    lines = ["# Instructions for each operation; `make bench-guard UPDATE=1` renews them."]
    lines += [f"# {name}\t{value}" for name, value in known.items()]
    lines += [f"{name}\t{number}" for name, number in counts.items()]
    KEPT.write_text("\n".join(lines) + "\n")


def compare(kept):
    """Prints a row for each workload as it is counted; all counts, and what is to be said against them."""
    # Those that take longest begin: the others fill the cores beside them.
    names = [*guard_chat.WORKLOADS, *output(GUARD).splitlines()]
    width = max(map(len, [*names, *kept]))
    print(f"{'instructions':{width}}{'kept':>11}{'now':>11}{'difference':>12}")
    counts, faults = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, now in zip(names, pool.map(count, names)):
            counts[name] = now
            before = kept.get(name)
            difference = now / before - 1 if before else None
            row = f"{name:{width}}{before or '-':>11}{now:>11}"
            print(row if difference is None else f"{row}{difference:>+12.2%}", flush=True)
            if difference is None:
                faults.append(f"{name}: no count of it is kept")
            elif abs(difference) > guard_chat.TOLERANCES.get(name, TOLERANCE):
                faults.append(f"{name}: {abs(difference):.1%} {'slower' if difference > 0 else 'faster'}")
    return counts, faults + [f"{name}: there is no such workload" for name in kept if name not in counts]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true", help="keep what is counted now")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("valgrind is needed")

    here = surroundings()
    known, kept = read()
    counts, faults = compare(kept)
    if options.update:
        write(here, counts)
        return print(f"kept in {KEPT.name}")
    if known != here:
        print("not compared: the kept counts were taken with something else; to renew them: make bench-guard UPDATE=1")
        for name, value in here.items():
            print(f"  {name}: {known.get(name)}; here {value}")
        return None
    if faults:
        print("\n".join(["", *faults]))
        sys.exit("what is meant to be so, faster or slower, is kept by: make bench-guard UPDATE=1")
    return print("all as they were")


if __name__ == "__main__":
    main()
