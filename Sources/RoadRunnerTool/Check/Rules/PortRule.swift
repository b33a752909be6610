/// No two listeners have the same address, and all addresses are free.
struct PortRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        let all = Self.addresses(setup)
        var findings: [Finding] = []
        for (index, one) in all.enumerated() {
            for other in all.dropFirst(index + 1) where one.address.collides(with: other.address) {
                findings.append(
                    .fault(
                        "port.twice", "\(one.key) and \(other.key) both listen on port \(one.address.port)",
                        "give one of them another port"))
            }
        }
        guard findings.isEmpty, !all.isEmpty else { return findings }
        var isServing: Bool?
        for (key, address) in all {
            guard let problem = await Sockets.problem(address) else { continue }
            if isServing == nil { isServing = await Self.isServing(setup) }
            guard isServing != true else { return [.good("port", "RoadRunner serves with this configuration")] }
            findings.append(
                .fault(
                    "port.taken", "\(key) cannot listen on \(address): \(problem)", "end that process, or choose another address")
            )
        }
        return findings.isEmpty ? [.good("port", "all addresses are free")] : findings
    }

    private static func addresses(_ setup: Setup) -> [(key: String, address: HostPort)] {
        let keys = [
            ["http", "address"], ["http", "ssl", "address"], ["http", "fcgi", "address"], ["rpc", "listen"],
            ["metrics", "address"],
            ["status", "address"], ["centrifuge", "proxy_address"],
        ]
        var addresses = keys.compactMap { keys -> (String, HostPort)? in
            guard let text = setup.value(keys)?.text, let address = HostPort(text) else { return nil }
            return (keys.joined(separator: "."), address)
        }
        for service in setup.standaloneServices {
            guard setup.serviceVariable("HTTP_UNIX_SOCKET", service) == nil,
                let port = Int(setup.serviceVariable("HTTP_PORT", service)?.value ?? "8080"), (1...65_535).contains(port)
            else { continue }
            let host = setup.serviceVariable("HTTP_HOST", service)?.value ?? "127.0.0.1"
            addresses.append(("the service \(service.name)", HostPort(host: host, port: port)))
        }
        return addresses
    }

    /// Whether the listener is RoadRunner itself, with this configuration.
    private static func isServing(_ setup: Setup) async -> Bool {
        guard let binary = setup.roadRunner, binary.version != nil else { return false }
        let result = try? await Subprogram(
            binary.path, ["workers", "-c", setup.configurationPath], variables: setup.surroundings.variables,
            directory: setup.folder
        ).run(within: .seconds(15))
        return result?.isSuccess == true
    }
}
