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
    name: "roadrunner-swift",
    platforms: [.macOS(.v15)],
    products: [
        // Enough for most applications: the core, HTTP, the standalone runtime and Hummingbird.
        .library(name: "RoadRunner", targets: ["RoadRunner"]),
        // Further products, for those that need them.
        .library(name: "KVCache", targets: ["KVCache"]),
        .library(name: "KVEncryption", targets: ["KVEncryption"]),
        .library(name: "Centrifugo", targets: ["Centrifugo"]),
        .library(name: "CentrifugoHTTP", targets: ["CentrifugoHTTP"]),
        .library(name: "CentrifugoTokens", targets: ["CentrifugoTokens"]),
        .library(name: "RoadRunnerObservability", targets: ["RoadRunnerObservability"]),
        .library(name: "RoadRunnerSentry", targets: ["RoadRunnerSentry"]),
        .library(name: "RoadRunnerConfiguration", targets: ["RoadRunnerConfiguration"]),
        .library(name: "RoadRunnerAPI", targets: ["RoadRunnerAPI"]),
        .library(name: "RoadRunnerTesting", targets: ["RoadRunnerTesting"]),
        // The parts of RoadRunner.
        .library(name: "Goridge", targets: ["Goridge"]),
        .library(name: "RoadRunnerRuntime", targets: ["RoadRunnerRuntime"]),
        .library(name: "HTTPWorker", targets: ["HTTPWorker"]),
        .library(name: "RoadRunnerWeb", targets: ["RoadRunnerWeb"]),
        .library(name: "Standalone", targets: ["Standalone"]),
        // The command-line tool.
        .executable(name: "rr-swift", targets: ["rr-swift"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0", traits: []),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.1.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.36.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
    ],
    targets: [
        .target(
            name: "Goridge",
            dependencies: [
                "CProcess",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerAPI",
            dependencies: [
                "Goridge",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CProcess"),
        .target(name: "CSlot"),
        .target(
            name: "RoadRunnerRuntime",
            dependencies: [
                "CProcess",
                "CSlot",
                "Goridge",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Runtime",
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerConfiguration",
            dependencies: [
                "Goridge",
                "RoadRunnerRuntime",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HTTPWorker",
            dependencies: [
                "Goridge",
                "RoadRunnerRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerWeb",
            dependencies: [
                "Goridge",
                "HTTPWorker",
                "RoadRunnerRuntime",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "KVCache",
            dependencies: [
                "Goridge",
                "RoadRunnerAPI",
                "RoadRunnerRuntime",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Centrifugo",
            dependencies: [
                "Goridge",
                "RoadRunnerAPI",
                "RoadRunnerRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "CentrifugoHTTP",
            dependencies: [
                "Centrifugo",
                "Goridge",
                "RoadRunnerRuntime",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "CentrifugoTokens",
            dependencies: [.product(name: "JWTKit", package: "jwt-kit")],
            swiftSettings: settings
        ),
        // Neither pkgConfig nor providers: SwiftPM would tell everyone to install it, whether they encrypt or not.
        .systemLibrary(name: "CSodium"),
        .target(
            name: "KVEncryption",
            dependencies: [
                "Goridge",
                "CSodium",
                "KVCache",
                "RoadRunnerRuntime",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Standalone",
            dependencies: [
                "Goridge",
                "HTTPWorker",
                "RoadRunnerRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerObservability",
            dependencies: [
                "Goridge",
                "RoadRunnerAPI",
                "RoadRunnerRuntime",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerSentry",
            dependencies: [
                "Goridge",
                "RoadRunnerRuntime",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunner",
            dependencies: [
                "Goridge",
                "HTTPWorker",
                "RoadRunnerRuntime",
                "RoadRunnerWeb",
                "Standalone",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerTesting",
            dependencies: [
                "Goridge",
                "RoadRunnerAPI",
                "RoadRunnerRuntime",
                "RoadRunnerWeb",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RoadRunnerTool",
            dependencies: [
                "Goridge",
                "RoadRunnerConfiguration",
                "RoadRunnerRuntime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(name: "rr-swift", dependencies: ["RoadRunnerTool"], swiftSettings: settings),
        // Tests
        .target(
            name: "TestSupport",
            dependencies: [
                "Goridge", "HTTPWorker", "KVCache", "RoadRunnerTesting", "RoadRunnerWeb",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "KVCacheTests",
            dependencies: [
                "Goridge", "HTTPWorker", "KVCache", "RoadRunnerAPI", "RoadRunnerConfiguration", "RoadRunnerRuntime",
                "RoadRunnerTesting", "RoadRunnerWeb", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CentrifugoTests",
            dependencies: [
                "Centrifugo", "CentrifugoHTTP", "Goridge", "HTTPWorker", "RoadRunnerAPI", "RoadRunnerRuntime",
                "RoadRunnerTesting", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CentrifugoHTTPTests",
            dependencies: [
                "Centrifugo", "CentrifugoHTTP", "RoadRunnerAPI", "RoadRunnerRuntime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CentrifugoTokensTests",
            dependencies: [
                "CentrifugoTokens", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "KVEncryptionTests",
            dependencies: [
                "KVCache", "KVEncryption", "RoadRunnerRuntime", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoadRunnerAPITests",
            dependencies: [
                "Goridge", "RoadRunnerAPI", "RoadRunnerTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GoridgeTests",
            dependencies: [
                "Goridge", "RoadRunnerAPI", "RoadRunnerTesting", "TestSupport",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "Centrifugo", "HTTPWorker", "RoadRunnerRuntime", "Standalone", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PluginTests",
            dependencies: [
                "Goridge", "RoadRunnerRuntime", "RoadRunnerTesting",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            packageAccess: false,
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoadRunnerTestingTests",
            dependencies: [
                "Goridge", "HTTPWorker", "RoadRunnerAPI", "RoadRunnerRuntime", "RoadRunnerTesting", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoadRunnerTests",
            dependencies: [
                "RoadRunner", "RoadRunnerTesting", .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            packageAccess: false,
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["RoadRunnerConfiguration", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "HTTPWorkerTests",
            dependencies: [
                "Centrifugo", "Goridge", "HTTPWorker", "RoadRunnerAPI", "RoadRunnerRuntime", "RoadRunnerTesting",
                "RoadRunnerWeb", "Standalone", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoadRunnerWebTests",
            dependencies: [
                "HTTPWorker", "RoadRunnerRuntime", "RoadRunnerTesting", "RoadRunnerWeb", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: [
                "Goridge", "RoadRunnerObservability", "RoadRunnerTesting", "TestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SentryTests",
            dependencies: [
                "HTTPWorker", "RoadRunnerRuntime", "RoadRunnerSentry", "RoadRunnerTesting", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "StandaloneTests",
            dependencies: [
                "HTTPWorker", "Standalone", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["RoadRunnerRuntime", "RoadRunnerTesting", "TestSupport"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ConformanceKernel",
            dependencies: [
                "RoadRunner",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/ConformanceKernel",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PoolKernel",
            dependencies: [
                "RoadRunner",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/PoolKernel",
            swiftSettings: settings
        ),
        .executableTarget(name: "Soak", dependencies: ["RoadRunnerTesting"], path: "Tests/Soak", swiftSettings: settings),
        .testTarget(
            name: "SharedPoolTests",
            dependencies: [
                "CSlot", "Goridge", "RoadRunnerRuntime", "RoadRunnerTesting", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "RoadRunnerTesting", "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RoadRunnerToolTests",
            dependencies: [
                "KVEncryption", "RoadRunnerConfiguration", "RoadRunnerRuntime", "RoadRunnerTesting", "RoadRunnerTool",
                "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WorkerProcessTests",
            dependencies: [
                "Goridge", "KVCache", "KVEncryption", "RoadRunnerAPI", "RoadRunnerRuntime", "RoadRunnerTesting", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Centrifugo", "CentrifugoHTTP", "CentrifugoTokens", "Goridge", "KVCache", "RoadRunnerAPI",
                "RoadRunnerObservability", "RoadRunnerTesting", "TestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
    ]
)
