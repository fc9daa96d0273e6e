import TestSupport
import Testing

extension BrowserTests {
    /// Each state of the page in two engines, judged by axe and by its measures.
    @Suite(.firefox) struct States {
        enum Engine: CaseIterable {
            case chromium, firefox

            /// Firefox has one scheme from its start to its end.
            var schemes: [BrowserTab.Scheme] { self == .chromium ? [.light, .dark] : [.light] }

            /// The one that the suite shares.
            var browser: (any Browser)? { self == .chromium ? ChromiumBrowser.current : FirefoxBrowser.current }
        }

        @Test(
            "in every state, narrow and wide, light and dark: axe finds nothing, and nothing is cut off sideways",
            arguments: Engine.allCases)
        func everyState(engine: Engine) async throws {
            try await ChatScene.play(in: engine.browser, losesConnections: true) { scene in
                var visited: [PageState] = []
                try await scene.visitStates { page, state in
                    visited.append(state)
                    for width in [320, 768, 1_440] {
                        try await page.tab.show(width: width, height: 700)
                        for scheme in engine.schemes {
                            if engine.schemes.count > 1 { try await page.tab.prefer(scheme) }
                            try await page.tab.waitForFrame()
                            let place = "\(state), \(width) px, \(scheme)"
                            #expect(try await AxeRules.violations(in: page.tab) == [], "\(place)")
                            #expect(try await page.tab.evaluate(BrowserTests.overflowing) == [], "\(place)")
                            try await page.tab.screenshot("\(engine)-\(state)-\(width)-\(scheme)")
                        }
                    }
                }
                #expect(visited == PageState.allCases)
            }
        }
    }
}
