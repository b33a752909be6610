import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A socket on which a worker is awaited, as by RoadRunner with a `tcp` or `unix` relay.
final class TestListener: Sendable {
    let address: RelayAddress
    let descriptor: CInt
    private let path: String?

    private init(address: RelayAddress, descriptor: CInt, path: String?) {
        self.address = address
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        SystemCall.closeDescriptor(self.descriptor)
        if let path { unlink(path) }
    }

    /// Listens again at an address that was in use before.
    static func at(_ address: RelayAddress) throws -> TestListener {
        switch address {
        case .unix(let path): try Self.unix(path: path)
        case .tcp(_, let port): try Self.tcp(port: UInt16(clamping: port))
        case .pipes: throw TestWorkerError(.notStarted, "pipes have no listener")
        }
    }

    /// Listens on the loopback interface; port 0 stands for a free one.
    static func tcp(port: UInt16 = 0) throws -> TestListener {
        let descriptor = try Self.makeSocket(AF_INET)
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try Self.listen(descriptor, &name)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return TestListener(
            address: .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: name.sin_port))), descriptor: descriptor, path: nil)
    }

    static func unix(path: String = "/tmp/rr-\(getpid())-\(UInt64.random(in: 0 ... .max)).sock") throws -> TestListener {
        let descriptor = try Self.makeSocket(AF_UNIX)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        try Self.listen(descriptor, &name)
        return TestListener(address: .unix(path: path), descriptor: descriptor, path: path)
    }

    private static func makeSocket(_ family: CInt) throws -> CInt {
        #if canImport(Glibc)
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(family, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw SystemCallError("socket", errno: errno) }
        try SystemCall.setCloseOnExec(descriptor)
        return descriptor
    }

    private static func listen<Name>(_ descriptor: CInt, _ name: inout Name) throws {
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<Name>.size)) }
        }
        guard result == 0 else { throw SystemCallError("bind", errno: errno) }
        #if canImport(Darwin)
        guard Darwin.listen(descriptor, 16) == 0 else { throw SystemCallError("listen", errno: errno) }
        #elseif canImport(Musl)
        guard Musl.listen(descriptor, 16) == 0 else { throw SystemCallError("listen", errno: errno) }
        #else
        guard Glibc.listen(descriptor, 16) == 0 else { throw SystemCallError("listen", errno: errno) }
        #endif
        try SystemCall.setNonBlocking(descriptor)
    }

    /// Accepts a connection that is already waiting.
    func acceptNow() -> CInt? { Self.accept(self.descriptor) }

    private static func accept(_ descriptor: CInt) -> CInt? {
        #if canImport(Darwin)
        let socket = Darwin.accept(descriptor, nil, nil)
        #elseif canImport(Musl)
        let socket = Musl.accept(descriptor, nil, nil)
        #else
        let socket = Glibc.accept(descriptor, nil, nil)
        #endif
        guard socket >= 0 else { return nil }
        try? SystemCall.setCloseOnExec(socket)
        return socket
    }

    /// Waits for the next connection.
    func accept(on loop: PollEventLoop, timeout: Duration) async throws -> RelayDescriptors {
        let acceptance = Acceptance(descriptor: self.descriptor, loop: loop)
        guard let socket = await acceptance.run(timeout: timeout) else {
            throw TestWorkerError(.notStarted, "no worker connected to \(self.address) within \(timeout)")
        }
        return RelayDescriptors(input: socket, output: socket)
    }

    /// Waits for one connection. Confined to the loop.
    private final class Acceptance: PollHandler, @unchecked Sendable {
        private let descriptor: CInt
        private let loop: PollEventLoop
        private var continuation: CheckedContinuation<CInt?, Never>?

        init(descriptor: CInt, loop: PollEventLoop) {
            self.descriptor = descriptor
            self.loop = loop
        }

        func run(timeout: Duration) async -> CInt? {
            await withCheckedContinuation { continuation in
                self.loop.execute {
                    self.continuation = continuation
                    self.loop.register(self.descriptor, interest: .read, handler: self)
                    _ = self.loop.schedule(after: timeout.clampedNanoseconds) { self.finish(nil) }
                }
            }
        }

        func descriptorReady(_ descriptor: CInt, _ events: PollEvents) {
            self.loop.assertInEventLoop()
            if let socket = TestListener.accept(descriptor) { self.finish(socket) }
        }

        private func finish(_ socket: CInt?) {
            self.loop.assertInEventLoop()
            guard let continuation = self.continuation else { return }
            self.continuation = nil
            self.loop.deregister(self.descriptor)
            continuation.resume(returning: socket)
        }
    }
}
