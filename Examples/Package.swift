// swift-tools-version: 6.2

import PackageDescription

func product(_ name: String) -> Target.Dependency { .product(name: name, package: "roadrunner-swift") }

/// In addition to its source, an example has a README and RoadRunner's configuration.
func example(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: name, exclude: ["README.md"] + exclude)
}

/// The names differ from those of the package's own tests, beside which they are built.
func tests(of name: String, _ dependencies: [Target.Dependency], inProcess: Bool = true) -> Target {
    .testTarget(
        name: "\(name)ExampleTests", dependencies: (inProcess ? [.target(name: name)] : []) + dependencies,
        path: "Tests/\(name)Tests")
}

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "roadrunner-swift", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.1.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
    ],
    targets: [
        example("Hello", [product("RoadRunner")]),
        example("Streaming", [product("RoadRunner")]),
        example("FilesAndUploads", [product("RoadRunner")]),
        example("LoginSession", [product("KVCache"), product("RoadRunner")]),
        example(
            "Chat", [product("Centrifugo"), product("CentrifugoHTTP"), product("RoadRunner")], exclude: ["centrifugo.json"]),
        example("EncryptedCache", [product("KVCache"), product("KVEncryption"), product("RoadRunner")]),
        example("Database", [product("RoadRunner"), .product(name: "GRDB", package: "GRDB.swift")]),
        example("SharedPool", [product("RoadRunner")]),
        example(
            "Native",
            [
                product("KVCache"), product("RoadRunner"), product("RoadRunnerObservability"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]),
        example("OwnPlugin", [product("RoadRunner")]),
        example(
            "Demo",
            [
                product("Centrifugo"), product("CentrifugoHTTP"), product("KVCache"), product("KVEncryption"),
                product("RoadRunner"), product("RoadRunnerObservability"), product("RoadRunnerSentry"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ], exclude: ["Public"]),
        // Tests
        .target(
            name: "ExampleProgram", dependencies: [.product(name: "AsyncHTTPClient", package: "async-http-client")],
            path: "Tests/ExampleProgram"),
        .testTarget(name: "ReadmeExampleTests", dependencies: ["ExampleProgram"], path: "Tests/ReadmeTests"),
        tests(of: "Hello", [product("RoadRunnerTesting")]),
        tests(of: "Streaming", [product("RoadRunnerTesting")]),
        tests(of: "FilesAndUploads", [product("RoadRunnerTesting")]),
        tests(of: "LoginSession", [product("RoadRunnerTesting")]),
        tests(of: "Chat", [product("RoadRunnerTesting")]),
        tests(of: "EncryptedCache", [product("RoadRunnerTesting")]),
        tests(of: "Database", [product("RoadRunnerTesting")]),
        tests(of: "SharedPool", ["ExampleProgram", product("RoadRunnerTesting")], inProcess: false),
        tests(of: "Native", ["ExampleProgram", product("RoadRunnerTesting")], inProcess: false),
        tests(of: "OwnPlugin", [product("RoadRunnerTesting")]),
        tests(of: "Demo", [product("RoadRunner"), .product(name: "HummingbirdTesting", package: "hummingbird")]),
    ]
)
