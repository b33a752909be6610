import CProcess

#if canImport(Darwin)
package import Darwin
#elseif canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#endif

/// The few system calls that a relay needs, with `EINTR` handled and `EAGAIN` distinguished.
///
/// swift-system has no `poll`, `writev` or sockets, and reports `EAGAIN`, which is an ordinary result here, by throwing.
package enum SystemCall {
    package enum Transfer {
        case bytes(Int)
        case wouldBlock
        case failed(CInt)
    }

    package static func read(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        Self.transfer { platformRead(descriptor, buffer.baseAddress, buffer.count) }
    }

    package static func write(_ descriptor: CInt, _ buffer: UnsafeRawBufferPointer) -> Transfer {
        Self.transfer { platformWrite(descriptor, buffer.baseAddress, buffer.count) }
    }

    package static func write(_ descriptor: CInt, vectors: UnsafeBufferPointer<iovec>) -> Transfer {
        Self.transfer { writev(descriptor, vectors.baseAddress, CInt(vectors.count)) }
    }

    /// Writes to a socket. A closed peer is reported as an error, whether or not the program ignores SIGPIPE.
    package static func send(_ socket: CInt, vectors: UnsafeBufferPointer<iovec>) -> Transfer {
        #if canImport(Darwin)
        // Sockets get the option SO_NOSIGPIPE where they are created.
        return Self.write(socket, vectors: vectors)
        #else
        var message = msghdr()
        message.msg_iov = UnsafeMutablePointer(mutating: vectors.baseAddress)
        message.msg_iovlen = .init(vectors.count)
        let noSignal: CInt = 0x4000  // MSG_NOSIGNAL
        return Self.transfer { sendmsg(socket, &message, noSignal) }
        #endif
    }

    private static func transfer(_ call: () -> Int) -> Transfer {
        while true {
            let count = call()
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            case let code: return .failed(code)
            }
        }
    }

    /// Writes a string to a blocking descriptor, such as standard error before an exit, and ignores errors.
    package static func writeAll(_ descriptor: CInt, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                guard case .bytes(let count) = Self.write(descriptor, rest), count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Waits until one of the descriptors is ready. EINTR counts as "nothing yet".
    ///
    /// - Parameter milliseconds: the time to wait; for ever when negative.
    @discardableResult
    package static func poll(_ descriptors: inout [pollfd], milliseconds: CInt) throws(SystemCallError) -> Int {
        let count = platformPoll(&descriptors, nfds_t(descriptors.count), milliseconds)
        if count >= 0 { return Int(count) }
        if errno == EINTR || errno == EAGAIN { return 0 }
        throw SystemCallError("poll", errno: errno)
    }

    package static func setNonBlocking(_ descriptor: CInt) throws(SystemCallError) {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw SystemCallError("fcntl(O_NONBLOCK)", errno: errno)
        }
    }

    package static func setCloseOnExec(_ descriptor: CInt) throws(SystemCallError) {
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0 else {
            throw SystemCallError("fcntl(FD_CLOEXEC)", errno: errno)
        }
    }

    package static func makePipe() throws(SystemCallError) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        guard roadrunner_pipe_cloexec(&ends) == 0 else { throw SystemCallError("pipe", errno: errno) }
        return (ends[0], ends[1])
    }

    /// Creates a temporary file, whose name replaces the template's last six letters. Child processes do not inherit it.
    package static func makeTemporaryFile(template: inout [CChar]) throws(SystemCallError) -> CInt {
        let descriptor = roadrunner_mkstemp_cloexec(&template)
        guard descriptor >= 0 else { throw SystemCallError("mkstemp", errno: errno) }
        return descriptor
    }

    /// Creates a stream socket that child processes do not inherit.
    package static func makeStreamSocket(_ family: CInt) throws(SystemCallError) -> CInt {
        #if canImport(Darwin)
        let descriptor = socket(family, SOCK_STREAM, 0)
        #elseif canImport(Musl)
        let descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)
        #else
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw SystemCallError("socket", errno: errno) }
        #if canImport(Darwin)
        do throws(SystemCallError) {
            try Self.setCloseOnExec(descriptor)
        } catch {
            Self.closeDescriptor(descriptor)
            throw error
        }
        #endif
        return descriptor
    }

    /// Whether `descriptor` is a socket.
    package static func isSocket(_ descriptor: CInt) -> Bool { (try? FileStatus(descriptor: descriptor))?.isSocket ?? false }

    /// Whether `descriptor` is a terminal.
    package static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

    package static func closeDescriptor(_ descriptor: CInt) {
        guard descriptor >= 0 else { return }
        _ = platformClose(descriptor)
    }

    /// Returns the number of bytes written to `descriptor` that the other side has not read yet; nil where the system cannot report
    /// it.
    ///
    /// On a pipe FIONREAD works on the write end too; on a socket SIOCOUTQ counts unacknowledged bytes.
    package static func unreadByPeer(_ descriptor: CInt) -> Int? {
        var count: CInt = 0
        let isSocket = Self.isSocket(descriptor)
        #if canImport(Darwin)
        if isSocket {
            var size = socklen_t(MemoryLayout<CInt>.size)
            return getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &count, &size) == 0 ? Int(count) : nil
        }
        return ioctl(descriptor, 0x4004_667F, &count) == 0 ? Int(count) : nil
        #else
        return ioctl(descriptor, isSocket ? 0x5411 : 0x541B, &count) == 0 ? Int(count) : nil
        #endif
    }

    /// Enlarges a pipe as far as the system allows; on anything but a pipe it does nothing.
    package static func enlargePipe(_ descriptor: CInt) {
        #if os(Linux)
        let setPipeSize: CInt = 1031  // F_SETPIPE_SZ, which needs _GNU_SOURCE
        _ = fcntl(descriptor, setPipeSize, CInt(1024 * 1024))
        #endif
    }

    /// Returns the monotonic time in nanoseconds.
    @inline(__always)
    package static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

// Inside the enum above the names would be those of its own functions.
private func platformRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
private func platformWrite(_ descriptor: CInt, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
private func platformPoll(_ descriptors: UnsafeMutablePointer<pollfd>, _ count: nfds_t, _ timeout: CInt) -> CInt {
    poll(descriptors, count, timeout)
}
private func platformClose(_ descriptor: CInt) -> CInt { close(descriptor) }
