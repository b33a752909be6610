import RoadRunnerConfiguration

/// The section `http`: addresses, files, middleware.
struct HTTPRule: Rule {
    /// RoadRunner's own middleware.
    private static let known = [
        "static", "headers", "gzip", "http_metrics", "sendfile", "proxy_ip_parser", "otel", "new_relic", "cache",
    ]

    func findings(_ setup: Setup) async -> [Finding] {
        guard setup["http"] != nil else { return [] }
        let findings = Self.addresses(setup) + Self.files(setup) + Self.middleware(setup)
        return findings.isEmpty
            ? [.good("http", "http listens on \(setup["http", "address"]?.text ?? "its other addresses")")] : findings
    }

    private static func addresses(_ setup: Setup) -> [Finding] {
        let address = setup["http", "address"]?.text ?? ""
        guard !address.isEmpty else {
            guard setup["http", "ssl", "address"] == nil, setup["http", "fcgi", "address"] == nil else { return [] }
            return [
                .fault(
                    "http.address", "http has no address: RoadRunner does not start", "add address: \"127.0.0.1:8080\" to it")
            ]
        }
        guard HostPort(address) != nil else {
            return [
                .fault(
                    "http.address", "http.address is \"\(address)\": RoadRunner does not start with it",
                    "write HOST:PORT, such as 127.0.0.1:8080")
            ]
        }
        return []
    }

    private static func files(_ setup: Setup) -> [Finding] {
        var findings: [Finding] = []
        for key in ["key", "cert"] {
            guard let file = setup["http", "ssl", key]?.text, !file.isEmpty, !Paths.exists(setup.path(file)) else { continue }
            findings.append(
                .fault(
                    "http.tls", "http.ssl.\(key) is \(file), which does not exist",
                    "fix the path: it is relative to the folder of the configuration"))
        }
        if let folder = setup["http", "static", "dir"]?.text, !Paths.isFolder(setup.path(folder)) {
            findings.append(
                .fault("http.static", "http.static.dir is \(folder), which does not exist", "create it, or fix the path"))
        }
        return findings
    }

    private static func middleware(_ setup: Setup) -> [Finding] {
        let names = setup["http", "middleware"]?.list?.compactMap(\.text) ?? []
        var findings: [Finding] = []
        for name in names {
            if name == "sendfile" {
                findings.append(
                    .warning(
                        "http.streaming",
                        "the middleware sendfile buffers each response: streams, events and early hints arrive all at once",
                        "remove it from http.middleware: Response.file of this package uses constant memory without it"))
            } else if name == "cache" {
                findings.append(
                    .warning(
                        "http.streaming", "the middleware cache buffers responses: streams do not arrive as they are written",
                        "remove it from http.middleware if you stream"))
            } else if !Self.known.contains(name) {
                findings.append(
                    .warning(
                        "http.middleware",
                        "RoadRunner has no built-in middleware \"\(name)\", and ignores unknown ones",
                        "built in are \(Self.known.joined(separator: ", ")); ignore this if your RoadRunner is built with it"))
            } else if name == "static", setup["http", "static"] == nil {
                findings.append(
                    .fault(
                        "http.static", "http.middleware has static, but http has no section static: RoadRunner ignores it",
                        "add static: { dir: \"public\" } to http"))
            }
        }
        return findings
    }
}
