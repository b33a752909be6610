// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "Database",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "roadrunner-swift", path: "../.."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .executableTarget(
            name: "Database",
            dependencies: [
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "RoadRunner", package: "roadrunner-swift"),
            ]
        )
    ]
)
