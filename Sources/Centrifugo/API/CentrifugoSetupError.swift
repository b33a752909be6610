public import Goridge

/// Centrifugo's server API cannot be called, or its events cannot be served.
public struct CentrifugoSetupError: RoadRunnerError, Hashable {
    /// The kinds of this error. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case transportMissing, addressMissing, proxyUnguarded }
        private let kind: Kind

        /// `CENTRIFUGO_API_URL` is set, but the program does not use the product that calls it.
        public static let transportMissing = Code(kind: .transportMissing)
        /// Centrifugo's address is not configured.
        public static let addressMissing = Code(kind: .addressMissing)
        /// A standalone program that others can reach would accept events from anyone, since `CENTRIFUGO_PROXY_SECRET` is not set.
        public static let proxyUnguarded = Code(kind: .proxyUnguarded)

        public var description: String { self.kind.rawValue }
    }

    /// The kind of error.
    public let code: Code

    public var description: String {
        switch self.code {
        case .transportMissing:
            """
            CENTRIFUGO_API_URL is set, but this program cannot call it: add the product CentrifugoHTTP to its target, and \
            CentrifugoHTTPIntegration() to Kernel.integrations
            """
        case .proxyUnguarded:
            """
            POST /centrifugo/... would be open to everyone who can reach this server, and let them act as any user: set \
            CENTRIFUGO_PROXY_SECRET, and let Centrifugo send it in the header X-Centrifugo-Proxy-Secret (http.static_headers of its \
            proxies); or let HTTP_HOST be a loopback address, such as 127.0.0.1; or set CENTRIFUGO_PROXY_INSECURE=true if something \
            else keeps others away
            """
        default:
            """
            Centrifugo's address is unknown: RoadRunner did not start this process. Set CENTRIFUGO_API_URL to Centrifugo's HTTP \
            API, such as http://127.0.0.1:8000/api, and use the product CentrifugoHTTP; or set RR_RPC to RoadRunner's rpc.listen
            """
        }
    }
}
