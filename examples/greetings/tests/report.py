"""Runs one suite and writes a report in JUnit's format: python -m tests.report SUITE FILE."""

import sys
import time
import unittest
from xml.sax.saxutils import quoteattr


class Recorder(unittest.TextTestResult):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.cases: list[str] = []
        self.began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        failed = [text for case, text in self.failures + self.errors if case is test]
        inner = f"<failure message={quoteattr(failed[-1])}/>" if failed else ""
        name, _, place = str(test).partition(" ")
        seconds = time.monotonic() - self.began
        self.cases.append(
            f"<testcase classname={quoteattr(place.strip('()'))} name={quoteattr(name)} time='{seconds:.3f}'>{inner}</testcase>"
        )


suite, path = sys.argv[1:]
tests = unittest.defaultTestLoader.loadTestsFromName(f"tests.test_{suite}")
result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(tests)
with open(path, "w", encoding="utf-8") as file:
    file.write(f"<testsuite name={quoteattr(suite)} tests='{result.testsRun}'>{''.join(result.cases)}</testsuite>\n")
sys.exit(not result.wasSuccessful())
