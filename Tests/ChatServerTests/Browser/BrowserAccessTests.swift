import TestSupport
import Testing

extension BrowserTests {
    /// Keys alone, forced colours, contrast, words for what is only seen, and what browsers themselves ask for.
    @Suite struct Access {
        @Test("the members cover a narrow page: the focus goes to them and comes back, and nothing else is reached")
        func members() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first, name: "Ada")
                let focus = "document.activeElement.id"
                try await ada.tab.show(width: 390, height: 844)
                try await ada.tab.click("#toggle")
                #expect(try await ada.tab.evaluate(focus) == "people")
                var reached: Set<String> = []
                for _ in 0..<8 {
                    try await ada.tab.press(.tab)
                    reached.insert(try await ada.tab.evaluate(focus).string ?? "")
                }
                #expect(reached.isDisjoint(with: ["messages", "message-box", "send"]))
                #expect(reached.isSuperset(of: ["name", "rename"]))
                try await ada.tab.press(.escape)
                #expect(try await ada.tab.evaluate(focus) == "toggle")
                #expect(try await ada.isVisible("#message-box"))
            }
        }

        @Test("the link has words, lists have names, and what may be cut off is told in full")
        func names() async throws {
            try await ChatScene.play(losesConnections: true) { scene in
                let long = String(repeating: "W", count: 40)
                try await scene.addGuest(long, saying: ["hello"])
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.waitForMessage("hello")
                let tree = try await ada.tab.call("Accessibility.getFullAXTree").nodes.elements
                #expect(tree.contains { $0.role.value == "list" && $0.name.value.string?.hasPrefix("Members") == true })
                let words = "document.getElementById('dot').innerText.trim()"
                #expect(try await ada.tab.evaluate(words) == "Connected")
                for place in ["#members li:not(.own) .name", ".message:not(.own) .name"] {
                    #expect(try await ada.tab.evaluate("document.querySelector('\(place)').title").string == long)
                }
                #expect(try await ada.tab.evaluate("document.querySelector('h1').title").string == "#\(scene.room)")
                try await scene.first.kill()
                try await ada.tab.wait("the loss has words", until: "\(words) !== 'Connected'")
            }
        }

        @Test("with forced colours, bubbles, the link and the focus are told apart by edges")
        func forcedColors() async throws {
            try await ChatScene.play { scene in
                try await scene.addGuest("Grace", saying: ["hello"])
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.waitForMessage("hello")
                for scheme in BrowserTab.Scheme.allCases {
                    try await ada.tab.chromium.emulate([
                        "forced-colors": "active", "prefers-color-scheme": scheme.rawValue,
                    ])
                    try await ada.tab.click("#message-box")
                    let edges = """
                        [".bubble", "#composer", "#dot", "#send"].map((name) =>
                          parseFloat(getComputedStyle(document.querySelector(name)).borderTopWidth))
                        """
                    #expect(try await ada.tab.evaluate(edges).elements.allSatisfy { $0.number ?? 0 >= 1 })
                    let outline = "parseFloat(getComputedStyle(document.getElementById('composer')).outlineWidth)"
                    #expect(try await ada.tab.evaluate(outline).number ?? 0 >= 2)
                    try await ada.tab.screenshot("forced-\(scheme)")
                }
            }
        }

        @Test(
            "the edge of the message box stands out from what is around it, by 3 to 1",
            arguments: BrowserTab.Scheme.allCases)
        func contrast(scheme: BrowserTab.Scheme) async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first)
                try await ada.tab.prefer(scheme)
                let ratios = try await ada.tab.evaluate(
                    """
                    (() => {
                      const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
                      const luminance = (color) => {
                        context.fillStyle = color;
                        context.fillRect(0, 0, 1, 1);
                        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
                          .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
                        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                      };
                      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                      const color = (name, property) => luminance(getComputedStyle(document.querySelector(name))[property]);
                      document.activeElement.blur();
                      const edge = color("#composer", "borderTopColor");
                      return [
                        ratio(edge, color("body", "backgroundColor")), ratio(edge, color("#composer", "backgroundColor")),
                        ratio(color("#name", "borderTopColor"), color("#people", "backgroundColor")),
                      ];
                    })()
                    """)
                #expect(ratios.elements.count == 3)
                #expect(ratios.elements.allSatisfy { $0.number ?? 0 >= 3 }, "\(ratios)")
            }
        }

        @Test("the oldest message stays under its reader's eyes while 3,000 new ones arrive")
        func reading() async throws {
            try await ChatScene.play { scene in
                try await scene.addGuest("Grace", saying: (1...60).map { "Old \($0)" })
                let ada = try await scene.open(scene.first, name: "Ada")
                try await ada.waitForMessage("Old 60")
                try await ada.tab.wait(
                    "it is at the beginning",
                    until: """
                        (document.getElementById("messages").scrollTop = 0, document.querySelector("#rows [data-seq='1']"))
                        """)
                let place = "document.querySelector(\"#rows [data-seq='1']\")?.getBoundingClientRect().top"
                try await ada.tab.evaluate("document.getElementById('messages').scrollTop = 20")
                try await ada.tab.waitForFrame()
                let before = try await ada.tab.evaluate(place).number
                try await scene.addGuest("Edsger", saying: (1...3_100).map { "New \($0)" }, within: .seconds(120))
                try await ada.waitForMessage("New 3100", within: .seconds(60))
                try await ada.tab.waitForFrame()
                #expect(before != nil)
                #expect(try await ada.tab.evaluate(place).number == before)
            }
        }

        @Test("without scripts the page says so; with them it has an icon, a manifest and colours for the browser")
        func surroundings() async throws {
            try await ChatScene.play { scene in
                let ada = try await scene.open(scene.first)
                let manifest = try await ada.tab.evaluate(
                    "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())")
                #expect(manifest.display == "standalone")
                for icon in manifest.icons.elements {
                    let path = try #require(icon.src.string)
                    let size = try await ada.tab.evaluate(
                        """
                        new Promise((done) => Object.assign(new Image(), {
                          onload: ({ target }) => done(target.naturalWidth), onerror: () => done(0), src: "/\(path)",
                        }))
                        """)
                    #expect(size.number ?? 0 > 0, "\(path) is no picture")
                }
                let parsed = try await ada.tab.call("Page.getAppManifest")
                #expect(parsed.errors.elements.isEmpty)
                #expect(parsed.url.string?.hasSuffix("/manifest.webmanifest") == true)
                #expect(try await ada.tab.evaluate("document.querySelectorAll('meta[name=theme-color]').length") == 2)
                let before = ada.tab.troubles
                try await ada.tab.call("Emulation.setScriptExecutionDisabled", ["value": true])
                try await ada.tab.reload()
                // Only without scripts is what stands in there more than a text.
                let document = try await ada.tab.call("DOM.getDocument").root.nodeId
                let words = try await ada.tab.call(
                    "DOM.querySelector", ["nodeId": document, "selector": "noscript p"])
                #expect(words.nodeId.number ?? 0 > 0)
                #expect(ada.tab.troubles == before)
                try await ada.tab.call("Emulation.setScriptExecutionDisabled", ["value": false])
            }
        }
    }
}
