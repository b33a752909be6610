import TestSupport
import Testing

@Suite struct FreePortTests {
    @Test func portsAreReturnedOnce() throws {
        var ports: Set<Int> = []
        for _ in 0..<400 {
            let port = try FreePort.next()
            #expect(FreePort.candidates.contains(port))
            #expect(ports.insert(port).inserted)
        }
    }
}
