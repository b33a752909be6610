import Testing

@testable import HTTPWorker
@testable import RoadRunnerWeb

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("172.16.0.0/12", "172.31.255.255", true),
        ("172.16.0.0/12", "172.32.0.0", false),
        ("fe80::/10", "fe80::1%eth0", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true),
    ])
    func contains(_ range: String, _ address: String, _ isWithin: Bool) throws {
        #expect(try AddressRange(range).contains(try #require(IPAddress(address))) == isWithin)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "host", "10.0.0", "::1/129", "1.2.3.4/x",
        "10.0.0.0/+8", "10.0.0.1%eth0", "10.0.0.0/\u{301}8", "fe80::1%eth0", "fe80::%eth0/10",
    ])
    func nonsenseIsATypedError(_ text: String) {
        #expect(throws: AddressRangeError.self) { try AddressRange(text) }
    }

    @Test func privateRangesContainPrivateAddresses() throws {
        for address in [
            "127.0.0.1", "::1", "10.1.1.1", "172.20.0.1", "192.168.0.1", "100.100.0.1", "169.254.1.1", "fd00::1", "fe80::1",
        ] {
            let parsed = try #require(IPAddress(address))
            #expect(AddressRange.privateRanges.contains { $0.contains(parsed) }, "\(address)")
        }
        for address in ["8.8.8.8", "172.15.0.1", "2001:db8::1", "100.128.0.1", "::2"] {
            let parsed = try #require(IPAddress(address))
            #expect(!AddressRange.privateRanges.contains { $0.contains(parsed) }, "\(address)")
        }
        #expect("\(AddressRange.loopback)" == "[127.0.0.0/8, ::1]")
        #expect("\(AddressRange.unixSocket)" == "[unix]")
    }
}
