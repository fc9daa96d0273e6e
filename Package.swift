// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The page, which becomes part of the binary.
let page =
    ["index.html", "chat.css", "icon.png", "icon.svg", "manifest.webmanifest"]
    + [
        "address", "announcer", "calls", "chat", "composer", "connection", "copying", "dom", "identity", "links",
        "lookalikes", "names", "naming", "people", "probe", "reading", "room", "row", "scroll", "sending", "sends",
        "status", "storage", "text", "timeline", "unread", "wakings", "words",
    ].map { "\($0).js" }

let package = Package(
    name: "swift-chat",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "RESP", targets: ["RESP", "Transport"]),
        .library(name: "WebSocket", targets: ["WebSocket", "HTTP", "Transport"]),
        .executable(name: "ChatServer", targets: ["ChatServer"]),
    ],
    targets: [
        .target(name: "Transport", swiftSettings: settings),
        .target(name: "RESP", dependencies: ["Transport"], swiftSettings: settings),
        .target(name: "HTTP", dependencies: ["Transport"], swiftSettings: settings),
        .target(name: "WebSocket", dependencies: ["HTTP", "Transport"], swiftSettings: settings),
        // Knows the chat by PROTOCOL.md alone.
        .target(name: "Verify", dependencies: ["RESP", "WebSocket", "Transport"], swiftSettings: settings),
        .target(name: "Rooms", dependencies: ["RESP", "Transport"], swiftSettings: settings),
        .executableTarget(
            name: "ChatServer",
            dependencies: ["Rooms", "RESP", "WebSocket", "HTTP", "Transport", "Verify"],
            resources: page.map { .embedInCode("Web/\($0)") },
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport", dependencies: ["Transport", "HTTP", "WebSocket"], path: "Tests/Support",
            swiftSettings: settings),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "RESPTests", dependencies: ["RESP", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "WebSocketTests", dependencies: ["WebSocket", "TestSupport"], exclude: ["Deflate/zlib_peer.py"],
            swiftSettings: settings),
        .testTarget(
            name: "VerifyTests", dependencies: ["Verify", "Transport", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "ChatServerTests",
            dependencies: ["ChatServer", "Rooms", "Verify", "RESP", "WebSocket", "Transport", "TestSupport"],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
