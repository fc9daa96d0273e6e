// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-chat", path: "..")
    ],
    targets: [
        .executableTarget(
            name: "EchoServer",
            dependencies: [.product(name: "WebSocket", package: "swift-chat")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "RESPDump",
            dependencies: [.product(name: "RESP", package: "swift-chat")],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
