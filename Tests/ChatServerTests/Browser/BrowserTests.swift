import Foundation
import Testing

/// The page in a real browser, on real servers and a real Redis.
///
/// BROWSER_TESTS=1 asks for these tests: where they are asked for and no Chromium is installed, they fail.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["BROWSER_TESTS"] == "1", "BROWSER_TESTS=1 asks for these tests"),
    .serialized, .chromium, .timeLimit(.minutes(5)))
enum BrowserTests {}
