"""Runs every test of this folder, or those named: run.py [test_nginx[.Class[.test]] …].

It fails when one of them does, and when none ran.
"""

import signal
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    """Says how long each took, and lists it by its own name."""

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def getDescription(self, test):
        if part := getattr(test, "test_case", None):
            return f"{self.getDescription(part)}: {test._subDescription()}"
        words = test._testMethodName.removeprefix("test_").replace("_", " ")
        return f"{type(test).__module__}.{type(test).__name__}: {words}"

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"ok ({time.monotonic() - self._started:.1f} s)")
        self.stream.flush()


def main() -> int:
    # As Ctrl-C does: children are ended when this process exits, which the signal alone would not let it do.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    tests = loader.loadTestsFromNames(names) if names else loader.discover(str(FOLDER), top_level_dir=str(FOLDER))
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(tests)
    # A test of several parts counts once, however many of them fail.
    failed = len({getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    passed = result.testsRun - failed - skipped
    for reason, count in Counter(reason for _, reason in result.skipped).items():
        print(f"skipped {count}: {reason}")
    print(f"interop: {passed} passed, {failed} failed, {skipped} skipped")
    return 0 if result.wasSuccessful() and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
