/// An address of RoadRunner, as in `RR_RELAY` and `RR_RPC`.
public enum RelayAddress: Sendable, Hashable, CustomStringConvertible {
    /// Standard input and output.
    case pipes
    /// A TCP connection. An empty host is replaced by 127.0.0.1, since RoadRunner then listens on IPv4.
    case tcp(host: String, port: Int)
    /// A unix socket; a relative path starts at RoadRunner's (and so the worker's) working directory.
    case unix(path: String)

    public var description: String {
        switch self {
        case .pipes: "pipes"
        case .tcp(let host, let port): host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }

    /// Parses `pipes`, `tcp://HOST:PORT` or `unix://PATH`.
    ///
    /// - Parameters:
    ///   - text: the address.
    ///   - source: where the address was read, such as `RR_RELAY`, for the error.
    public init(parsing text: String, from source: String) throws(RelayAddressError) {
        func failure(_ code: RelayAddressError.Code, _ reason: String) -> RelayAddressError {
            RelayAddressError(code: code, text: text, source: source, reason: reason)
        }
        guard !text.isEmpty else { throw failure(.empty, "it is empty") }
        if text == "pipes" {
            self = .pipes
            return
        }
        guard let separator = Self.schemeSeparator(in: text) else {
            throw failure(.missingScheme, "it has no scheme")
        }
        let scheme = text[..<separator.lowerBound]
        let rest = text[separator.upperBound...]
        switch scheme {
        case "tcp":
            guard let colon = rest.lastIndex(of: ":") else { throw failure(.malformedPort, "it has no port") }
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65535).contains(port) else {
                throw failure(.malformedPort, "the port must be a number from 1 to 65535")
            }
            var host = rest[..<colon]
            if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
            let isWildcard = host.isEmpty || host == "0.0.0.0"
            self = .tcp(host: isWildcard ? "127.0.0.1" : String(host), port: port)
        case "unix":
            guard !rest.isEmpty else { throw failure(.emptyPath, "it has no path") }
            guard rest.utf8.count <= Self.maximumPathLength else {
                throw failure(
                    .pathTooLong, "the path is longer than \(Self.maximumPathLength) bytes, which unix sockets do not allow")
            }
            self = .unix(path: String(rest))
        default:
            throw failure(.unknownScheme, "the scheme \"\(scheme)\" is unknown")
        }
    }

    /// Parses the address of RoadRunner's RPC, which cannot be `pipes`.
    ///
    /// - Parameters:
    ///   - text: the address; nil when it is not set.
    ///   - source: where the address was read, such as `RR_RPC`, for the error.
    public init(parsingRPC text: String?, from source: String) throws(RelayAddressError) {
        guard let text else {
            throw RelayAddressError(code: .missing, text: "", source: source, reason: "it is missing", allowsPipes: false)
        }
        do throws(RelayAddressError) {
            try self.init(parsing: text, from: source)
        } catch {
            throw RelayAddressError(
                code: error.code, text: error.text, source: source, reason: error.reason, allowsPipes: false)
        }
        guard self != .pipes else {
            throw RelayAddressError(
                code: .notASocket, text: text, source: source, reason: "RPC does not use pipes", allowsPipes: false)
        }
    }

    /// The longest path that fits into `sockaddr_un` on all systems, with its terminating zero.
    static let maximumPathLength = 103

    private static func schemeSeparator(in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix("://") { return index..<text.index(index, offsetBy: 3) }
            index = text.index(after: index)
        }
        return nil
    }
}
