#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

package enum RelayConnection {
    /// Connects to a tcp or unix address.
    ///
    /// - Parameter timeout: the time to wait, in milliseconds, for each address of a name.
    package static func connect(to address: RelayAddress, timeout: CInt = 5000) throws(RelayConnectionError) -> RelayDescriptors {
        switch address {
        case .pipes:
            throw RelayConnectionError(address: address, reason: "pipes need no connection")
        case .unix(let path):
            return try Self.descriptors(Self.connect(unix: path, address, timeout))
        case .tcp(let host, let port):
            // RoadRunner binds "localhost" to ::1 only, everything else on this machine to IPv4.
            let hosts = host == "localhost" ? ["::1", "127.0.0.1"] : [host]
            var failure = RelayConnectionError(address: address, reason: "no address was tried")
            for host in hosts {
                do throws(RelayConnectionError) {
                    return try Self.descriptors(Self.connect(host: host, port: port, address, timeout))
                } catch {
                    failure = error
                }
            }
            throw failure
        }
    }

    private static func descriptors(_ socket: CInt) -> RelayDescriptors { RelayDescriptors(input: socket, output: socket) }

    private static func connect(unix path: String, _ address: RelayAddress, _ timeout: CInt) throws(RelayConnectionError) -> CInt
    {
        var name = sockaddr_un()
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            throw RelayConnectionError(address: address, reason: "the path is too long")
        }
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        return try withUnsafeBytes(of: &name) { raw throws(RelayConnectionError) in
            try Self.connect(family: AF_UNIX, name: raw, address, timeout)
        }
    }

    private static func connect(host: String, port: Int, _ address: RelayAddress, _ timeout: CInt) throws(RelayConnectionError)
        -> CInt
    {
        var hints = addrinfo()
        #if canImport(Darwin)
        hints.ai_socktype = SOCK_STREAM
        #elseif canImport(Musl)
        hints.ai_socktype = SOCK_STREAM
        #else
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0, let list else {
            throw RelayConnectionError(address: address, reason: String(cString: gai_strerror(result)))
        }
        defer { freeaddrinfo(list) }
        var failure = RelayConnectionError(address: address, reason: "the name \(host) has no address")
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let name = entry.pointee.ai_addr else { continue }
            let raw = UnsafeRawBufferPointer(start: name, count: Int(entry.pointee.ai_addrlen))
            do throws(RelayConnectionError) {
                let socket = try Self.connect(family: entry.pointee.ai_family, name: raw, address, timeout)
                var on: CInt = 1
                setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
                return socket
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        family: CInt, name: UnsafeRawBufferPointer, _ address: RelayAddress, _ timeout: CInt
    ) throws(RelayConnectionError) -> CInt {
        func failure(_ code: CInt) -> RelayConnectionError {
            RelayConnectionError(address: address, reason: String(cString: strerror(code)))
        }
        let descriptor: CInt
        do throws(SystemCallError) {
            descriptor = try SystemCall.makeStreamSocket(family)
        } catch {
            throw failure(error.errno)
        }
        var isConnected = false
        defer { if !isConnected { SystemCall.closeDescriptor(descriptor) } }
        do throws(SystemCallError) {
            try SystemCall.setNonBlocking(descriptor)
        } catch {
            throw failure(error.errno)
        }
        #if canImport(Darwin)
        var on: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<CInt>.size))
        #endif
        guard let pointer = name.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { throw failure(EINVAL) }
        #if canImport(Darwin)
        let result = Darwin.connect(descriptor, pointer, socklen_t(name.count))
        #elseif canImport(Musl)
        let result = Musl.connect(descriptor, pointer, socklen_t(name.count))
        #else
        let result = Glibc.connect(descriptor, pointer, socklen_t(name.count))
        #endif
        if result != 0 {
            // A unix socket whose queue is full reports EAGAIN; it does not connect later by itself.
            guard errno == EINPROGRESS || errno == EINTR else { throw failure(errno) }
            try Self.awaitConnection(descriptor, timeout, failure)
        }
        isConnected = true
        return descriptor
    }

    private static func awaitConnection(
        _ descriptor: CInt, _ timeout: CInt, _ failure: (CInt) -> RelayConnectionError
    ) throws(RelayConnectionError) {
        let deadline = SystemCall.monotonicNanoseconds() + UInt64(max(0, timeout)) * 1_000_000
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        while true {
            let now = SystemCall.monotonicNanoseconds()
            guard now < deadline else { throw failure(ETIMEDOUT) }
            let count = (try? SystemCall.poll(&descriptors, milliseconds: CInt((deadline - now) / 1_000_000 + 1))) ?? -1
            guard count >= 0 else { throw failure(EBADF) }
            if count > 0 { break }
        }
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { throw failure(errno) }
        guard code == 0 else { throw failure(code) }
    }
}
