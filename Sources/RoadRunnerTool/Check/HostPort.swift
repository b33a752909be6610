/// A listening address, as RoadRunner's configuration writes it.
struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// The host; empty for all addresses.
    let host: String
    let port: Int

    /// Reads `127.0.0.1:8080`, `:8080`, `[::1]:8080`, with or without `tcp://` before it.
    init?(_ text: String) {
        let text = text.hasPrefix("tcp://") ? text.dropFirst("tcp://".count) : text[...]
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.host = String(host)
        self.port = port
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether the host stands for all addresses.
    private var isWildcard: Bool { ["", "0.0.0.0", "::"].contains(self.host) }

    /// Whether the two addresses exclude each other.
    func collides(with other: HostPort) -> Bool {
        self.port == other.port && (self.isWildcard || other.isWildcard || self.name == other.name)
    }

    private var name: String { self.host == "localhost" ? "127.0.0.1" : self.host }

    var description: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }
}
