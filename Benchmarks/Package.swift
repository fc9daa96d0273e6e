// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-chat", path: "..")
    ],
    targets: [
        // epoll's declarations, which no module of the toolchain has.
        .target(name: "CEpoll"),
        .executableTarget(
            name: "BroadcastServer",
            dependencies: [
                .product(name: "RESP", package: "swift-chat"), .product(name: "WebSocket", package: "swift-chat"),
            ],
            swiftSettings: settings
        ),
        // What is counted by guard.py.
        .executableTarget(
            name: "Guard",
            dependencies: [
                .product(name: "RESP", package: "swift-chat"), .product(name: "WebSocket", package: "swift-chat"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(name: "RoomLimit"),
        .executableTarget(name: "LimitServer", dependencies: ["CEpoll"], swiftSettings: settings),
        .executableTarget(
            name: "RESPLoad",
            dependencies: [.product(name: "RESP", package: "swift-chat")],
            // What is measured on the client's loop has to stay there.
            swiftSettings: settings + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
        ),
        .executableTarget(
            name: "Load",
            dependencies: [
                .product(name: "RESP", package: "swift-chat"), .product(name: "WebSocket", package: "swift-chat"),
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
