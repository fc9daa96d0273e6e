import Foundation
import Testing

/// The page in a real browser, on real servers and a real Redis.
///
/// BROWSER_TESTS=1 asks for these tests: where they are asked for and Chromium, Firefox or axe is missing, they fail.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["BROWSER_TESTS"] == "1", "BROWSER_TESTS=1 asks for these tests"),
    .serialized, .chromium, .timeLimit(.minutes(5)))
enum BrowserTests {
    /// What is seen and reaches beyond the window, sideways.
    static let overflowing = """
        [document.documentElement, ...document.querySelectorAll("body *:not(.visually-hidden, h1 *)")]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5
            || element.getBoundingClientRect().left < -0.5
            || ["HTML", "MAIN", "BODY"].includes(element.tagName) && element.scrollWidth > innerWidth)
          .map((element) => `${element.tagName} ${element.id} ${element.className}`)
        """
}
