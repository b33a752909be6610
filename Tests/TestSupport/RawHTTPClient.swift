import Goridge

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An HTTP/1.1 connection without a library, which shows when each byte arrives. Only one task may use it at a time.
///
/// It waits on its own threads: the pool that tasks share has one thread per core.
package final class RawHTTPClient: @unchecked Sendable {
    private let descriptor: CInt
    private var received: [UInt8] = []

    package init(port: Int) throws {
        self.descriptor = try RelayConnection.connect(to: .tcp(host: "127.0.0.1", port: port)).input
    }

    deinit { SystemCall.closeDescriptor(self.descriptor) }

    package struct Response: Sendable {
        package var status: Int
        package var head: String
        /// The body, decoded if it was chunked.
        package var body: String
        /// The chunks of a chunked body.
        package var chunks: [String]
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    package func send(_ text: String) async throws { try await self.send(bytes: Array(text.utf8)) }

    package func send(bytes: [UInt8]) async throws { try await self.wait { try $0.write(bytes) } }

    /// Closes the sending side, and continues to read.
    package func endOutput() { shutdown(self.descriptor, CInt(SHUT_WR)) }

    /// Sends a request and reads the whole response.
    package func send(
        _ method: String, _ path: String, headers: [String] = [], body: String = "", seconds: Int = 20
    ) async throws -> Response {
        try await self.wait { try $0.exchange(method, path, headers: headers, body: body, seconds: seconds) }
    }

    package func readResponse() async throws -> Response { try await self.wait { try $0.response(hasBody: true, seconds: 20) } }

    package func readHead() async throws -> String { try await self.wait { try $0.head(seconds: 20) } }

    /// Reads all bytes until they are enough, or the server has closed the connection.
    ///
    /// - Parameter isEnough: gets all bytes so far.
    package func readBytes(
        seconds: Int = 20, until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> (bytes: [UInt8], isClosed: Bool) {
        try await self.wait { client in
            while !isEnough(client.received) {
                guard try client.readSome(seconds: seconds) else { return (client.received, true) }
            }
            return (client.received, false)
        }
    }

    /// Reads the next chunk of a chunked body; nil at its end.
    package func readChunk() async throws -> String? { try await self.wait { try $0.chunk(seconds: 20) } }

    private func wait<Value: Sendable>(_ body: @escaping @Sendable (RawHTTPClient) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            LoopThread.start(name: "http") { continuation.resume(with: Result { try body(self) }) }
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let result = rest.withUnsafeBytes { SystemCall.write(self.descriptor, $0) }
            switch result {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try self.wait(Int16(POLLOUT), seconds: 20)
            case .failed(let code): throw SystemCallError("write", errno: code)
            }
        }
    }

    private func exchange(
        _ method: String, _ path: String, headers: [String], body: String, seconds: Int
    ) throws -> Response {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        try self.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        return try self.response(hasBody: method != "HEAD", seconds: seconds)
    }

    private func response(hasBody: Bool, seconds: Int) throws -> Response {
        let head = try self.head(seconds: seconds)
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        var response = Response(status: status, head: head, body: "", chunks: [])
        guard hasBody, status != 204, status != 304 else { return response }
        let lines = head.lowercased().split(separator: "\r\n")
        if lines.contains("transfer-encoding: chunked") {
            while let chunk = try self.chunk(seconds: seconds) { response.chunks.append(chunk) }
            response.body = response.chunks.joined()
        } else if let line = lines.first(where: { $0.hasPrefix("content-length:") }) {
            let length = Int(line.dropFirst(15).filter { $0 != " " }) ?? 0
            response.body = String(decoding: try self.take(length, seconds: seconds), as: UTF8.self)
        }
        return response
    }

    private func head(seconds: Int) throws -> String {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let index = self.received.indices.first(where: { self.received[$0...].starts(with: end) }) {
                let head = String(decoding: self.received[..<index], as: UTF8.self)
                self.received.removeFirst(index + 4)
                return head
            }
            try self.read(seconds: seconds)
        }
    }

    private func chunk(seconds: Int) throws -> String? {
        while true {
            if let end = self.received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: self.received[..<end], as: UTF8.self)
                guard let size = Int(line.filter { $0 != "\r" }, radix: 16) else {
                    throw Failure(description: "chunk size \(line)")
                }
                self.received.removeFirst(end + 1)
                let chunk = try self.take(size, seconds: seconds)
                _ = try self.take(2, seconds: seconds)
                return size == 0 ? nil : String(decoding: chunk, as: UTF8.self)
            }
            try self.read(seconds: seconds)
        }
    }

    private func take(_ count: Int, seconds: Int) throws -> [UInt8] {
        while self.received.count < count { try self.read(seconds: seconds) }
        defer { self.received.removeFirst(count) }
        return Array(self.received[..<count])
    }

    private func read(seconds: Int) throws {
        guard try self.readSome(seconds: seconds) else {
            throw Failure(description: "the server closed the connection after \(self.received.count) unread bytes")
        }
    }

    /// - Returns: false if the server has closed the connection.
    private func readSome(seconds: Int) throws -> Bool {
        try self.wait(Int16(POLLIN), seconds: seconds)
        return try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            switch SystemCall.read(self.descriptor, into: buffer) {
            case .bytes(0), .failed(ECONNRESET): return false
            case .bytes(let count): self.received += buffer[..<count]
            case .wouldBlock: break
            case .failed(let code): throw SystemCallError("read", errno: code)
            }
            return true
        }
    }

    private func wait(_ events: Int16, seconds: Int) throws {
        var descriptors = [pollfd(fd: self.descriptor, events: events, revents: 0)]
        guard try SystemCall.poll(&descriptors, milliseconds: CInt(seconds * 1000)) > 0 else {
            throw Failure(description: "nothing came within \(seconds) s")
        }
    }
}
