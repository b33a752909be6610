/// `Package.swift` of a new project.
enum PackageTemplate {
    static func manifest(_ choices: ProjectChoices) -> String {
        func product(_ name: String) -> String {
            "                .product(name: \"\(name)\", package: \"roadrunner-swift\"),"
        }
        return String {
            "// swift-tools-version: 6.2"
            ""
            "import PackageDescription"
            ""
            "let package = Package("
            "    name: \(Self.literal(choices.name)),"
            "    platforms: [.macOS(.v15)],"
            "    dependencies: ["
            switch choices.dependency {
            case .release(let version):
                "        .package(url: \"https://github.com/roadrunner-swift/roadrunner-swift\", from: \"\(version)\")"
            case .path(let path):
                "        .package(name: \"roadrunner-swift\", path: \(Self.literal(path)))"
            }
            "    ],"
            "    targets: ["
            "        .executableTarget("
            "            name: \"App\","
            "            dependencies: ["
            for name in choices.products { product(name) }
            "            ]"
            "        ),"
            "        .testTarget("
            "            name: \"AppTests\","
            "            dependencies: ["
            "                \"App\","
            product("RoadRunner")
            product("RoadRunnerTesting")
            "            ]"
            "        ),"
            "    ]"
            ")"
        }
    }

    private static func literal(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    static let gitIgnore = """
        .build*
        .env
        bin/rr

        """
}
