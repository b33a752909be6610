import Goridge
import Testing

@Suite struct RelayAddressTests {
    @Test(
        arguments: [
            ("pipes", .pipes),
            ("tcp://127.0.0.1:6001", .tcp(host: "127.0.0.1", port: 6001)),
            ("tcp://:7000", .tcp(host: "127.0.0.1", port: 7000)),
            ("tcp://0.0.0.0:7000", .tcp(host: "127.0.0.1", port: 7000)),
            ("tcp://localhost:7000", .tcp(host: "localhost", port: 7000)),
            ("tcp://[::1]:7000", .tcp(host: "::1", port: 7000)),
            ("unix:///run/rr.sock", .unix(path: "/run/rr.sock")),
            ("unix://rr.sock", .unix(path: "rr.sock")),
        ] as [(String, RelayAddress)]
    )
    func isParsed(_ text: String, _ address: RelayAddress) throws {
        #expect(try RelayAddress(parsing: text, from: "RR_RELAY") == address)
    }

    @Test(
        arguments: [
            ("", .empty), ("127.0.0.1:6001", .missingScheme), ("Pipes", .missingScheme), ("http://a:1", .unknownScheme),
            ("tcp://127.0.0.1", .malformedPort), ("tcp://127.0.0.1:", .malformedPort), ("tcp://a:0", .malformedPort),
            ("tcp://a:65536", .malformedPort), ("tcp://a:99999999999999999999", .malformedPort), ("unix://", .emptyPath),
            ("unix://" + String(repeating: "x", count: 200), .pathTooLong),
        ] as [(String, RelayAddressError.Code)]
    )
    func isRefused(_ text: String, _ code: RelayAddressError.Code) {
        let error = #expect(throws: RelayAddressError.self) { try RelayAddress(parsing: text, from: "RR_RELAY") }
        #expect(error?.code == code)
        // The error names the value, its variable, and an example.
        #expect(error?.description.contains("RR_RELAY is \"\(text)\"") == true)
        #expect(error?.description.contains("tcp://127.0.0.1:6001") == true)
    }
}
