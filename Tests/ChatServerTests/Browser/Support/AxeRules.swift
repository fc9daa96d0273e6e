import Foundation
import TestSupport

/// What axe-core finds wrong in a page: an outside judge of accessibility. https://github.com/dequelabs/axe-core
enum AxeRules {
    /// `Scripts/axe.sh` puts it there.
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../.build/axe/axe.min.js").standardized

    private static let source = Result { try String(contentsOf: file, encoding: .utf8) }

    /// The rules that the page breaks as it is now, each with where and why.
    static func violations(in tab: BrowserTab) async throws -> [String] {
        guard let source = try? source.get() else {
            throw TestFailure("axe-core is not at \(file.path): run Scripts/axe.sh")
        }
        if try await tab.evaluate("typeof axe") != "object" { try await tab.evaluate("(() => { \(source)\n })()") }
        return try await tab.evaluate(
            """
            axe.run(document, { resultTypes: ["violations"], elementRef: false }).then(({ violations }) =>
              violations.map(({ id, nodes }) =>
                `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`))
            """, within: .seconds(60)
        ).strings
    }
}
