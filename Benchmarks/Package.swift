// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "roadrunner-swift", path: ".."),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "BenchmarkWorker",
            dependencies: [
                .product(name: "Goridge", package: "roadrunner-swift"),
                .product(name: "KVCache", package: "roadrunner-swift"),
                .product(name: "RoadRunner", package: "roadrunner-swift"),
                .product(name: "RoadRunnerObservability", package: "roadrunner-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            path: "relay/Worker",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "KeyValueBenchmark",
            dependencies: [
                .product(name: "Goridge", package: "roadrunner-swift"),
                .product(name: "KVCache", package: "roadrunner-swift"),
                .product(name: "RoadRunner", package: "roadrunner-swift"),
                .product(name: "RoadRunnerTesting", package: "roadrunner-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "kv",
            swiftSettings: settings
        ),
    ]
)
