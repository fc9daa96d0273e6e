import Foundation
import Testing

@testable import ChatServer
@testable import Rooms

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Avatars")
struct AvatarDrawingTests {
    @Test("the same seed is the same face, in every run")
    func deterministic() throws {
        let face = try #require(AvatarDrawing.svg(seed: "ada"))
        #expect(AvatarDrawing.svg(seed: "ada") == face)
        #expect(AvatarDrawing.svg(seed: "Ada") != face)
        // Browsers keep faces for ever: whoever changes the drawing changes everybody's, and this line.
        #expect(
            face.contains(#"<circle cx="25" cy="52" r="25" fill="hsl(218 65% 72%)"/><g transform="rotate(10 32 32)""#))
    }

    @Test("every face is well-formed XML of an SVG and a few shapes, and nothing that could load or run anything")
    func wellFormed() throws {
        for index in 0..<300 {
            let face = try #require(AvatarDrawing.svg(seed: "seed\(index)"))
            let reader = ElementNames()
            let parser = XMLParser(data: Data(face.utf8))
            parser.delegate = reader
            #expect(parser.parse())
            #expect(reader.names.first == "svg")
            #expect(Set(reader.names).isSubset(of: ["svg", "rect", "circle", "g", "path"]))
            #expect(!face.contains("href") && !face.contains("url("))
        }
    }

    @Test("there are many faces")
    func variety() {
        #expect(Set((0..<500).compactMap { AvatarDrawing.svg(seed: "seed\($0)") }).count == 500)
    }

    @Test(
        "what is no id has no face", arguments: ["", "a b", "../etc", "<svg>", "é", String(repeating: "a", count: 65)])
    func noFace(seed: String) {
        #expect(AvatarDrawing.svg(seed: seed) == nil)
    }
}

private final class ElementNames: NSObject, XMLParserDelegate {
    var names: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        names.append(elementName)
    }
}
