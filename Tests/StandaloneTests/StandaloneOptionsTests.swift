import Standalone
import Testing

@Suite struct StandaloneOptionsTests {
    /// Other hosts can reach a server that listens on any other address.
    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.9.8.7", true), ("::1", true), ("0:0:0:0:0:0:0:1", true), ("::ffff:127.0.0.1", true),
            ("localhost", true), ("0.0.0.0", false), ("::", false), ("192.0.2.1", false), ("::ffff:192.0.2.1", false),
            ("", false),
            ("127.0.0.1.example.org", false), ("127.1", false), ("example.org", false), ("128.0.0.1", false), ("::2", false),
            ("1::1", false), ("fe80::1", false), ("::127.0.0.1", false),
        ])
    func addressesThatOnlyThisComputerReaches(_ host: String, _ isLocal: Bool) {
        #expect(StandaloneOptions(host: host).isLocalOnly == isLocal)
        // A unix socket is usually for a proxy that other hosts can reach.
        #expect(!StandaloneOptions(host: host, unixSocket: "/tmp/socket").isLocalOnly)
    }
}
