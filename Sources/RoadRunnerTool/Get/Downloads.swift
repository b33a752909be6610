import AsyncHTTPClient
import Crypto
import Goridge
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage

/// Downloads files.
struct Downloads: Sendable {
    /// How long a server may send nothing.
    private static let readTimeout: TimeAmount = .seconds(30)
    /// Larger files are not archives.
    private static let maximumSize = 1 << 30

    private let client: HTTPClient

    /// Passes downloads to `body`, and closes their connections afterwards.
    ///
    /// - Parameter variables: the environment, which may name a proxy.
    static func with<Result: Sendable>(
        _ variables: [String: String], _ body: (Downloads) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.proxy = Self.proxy(variables)
        configuration.redirectConfiguration = .follow(max: 5, allowCycles: false)
        configuration.timeout = .init(connect: .seconds(10), read: Self.readTimeout)
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(Downloads(client: client))) } catch { result = .failure(error) }
        try? await client.shutdown()
        return try result.get()
    }

    /// The proxy of `https_proxy`, as curl reads it; nil for none.
    static func proxy(_ variables: [String: String]) -> HTTPClient.Configuration.Proxy? {
        guard let text = variables["https_proxy"] ?? variables["HTTPS_PROXY"], !text.isEmpty else { return nil }
        let name = text.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? ""
        return HostPort(name).map { .server(host: $0.host, port: $0.port) }
    }

    /// Downloads a small file.
    ///
    /// - Returns: nil when the server does not have it.
    func bytes(of url: String, upTo maximum: Int) async throws(ToolError) -> [UInt8]? {
        let response = try await self.response(url)
        guard response.status == .ok else { return nil }
        do { return Array(buffer: try await response.body.collect(upTo: maximum)) } catch { throw Self.failure(error, url) }
    }

    /// Downloads a large file into a file.
    ///
    /// - Parameters:
    ///   - missing: the error for a file that the server does not have.
    ///   - progress: called with the file's size, if the server sends it, and then with the size of each part.
    /// - Returns: its checksum.
    func load(
        _ url: String, to path: String, orThrow missing: ToolError,
        progress: (_ total: Int?) -> (_ count: Int) -> Void
    ) async throws(ToolError) -> Checksum {
        let response = try await self.response(url)
        guard response.status != .notFound else { throw missing }
        guard response.status == .ok else {
            throw ToolError(
                .badResponse, "\(url) responds with \(response.status)", remedy: "try again later, or --base-url another server")
        }
        let total = response.headers.first(name: "content-length").flatMap { Int($0) }
        let advance = progress(total)
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
            defer { try? file.close() }
            var hash = SHA256()
            var size = 0
            for try await chunk in response.body {
                size += chunk.readableBytes
                guard size <= Self.maximumSize else {
                    throw ToolError(
                        .badResponse, "\(url) has more than \(ProgressBar.size(Self.maximumSize)): it is not a release")
                }
                try chunk.withUnsafeReadableBytes { bytes in
                    hash.update(bufferPointer: bytes)
                    _ = try file.writeAll(bytes)
                }
                advance(chunk.readableBytes)
            }
            return Checksum(hash.finalize())
        } catch let error as ToolError {
            throw error
        } catch let error as Errno {
            throw ToolError(.unwritable, "\(path) cannot be written: \(error)")
        } catch {
            throw Self.failure(error, url)
        }
    }

    private func response(_ url: String) async throws(ToolError) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "rr-swift")
        do { return try await self.client.execute(request, timeout: .hours(1)) } catch { throw Self.failure(error, url) }
    }

    private static func failure(_ error: any Error, _ url: String) -> ToolError {
        if error as? HTTPClientError == .invalidURL { return ToolError(.invalidAddress, "\"\(url)\" is not a URL") }
        let host = url.split(separator: "/").dropFirst().first.map(String.init) ?? url
        return ToolError(
            .offline, "cannot download \(url): \(Self.reason(error))",
            remedy: """
                is this computer online, and can it reach \(host)? --base-url names another server with the same files; or put \
                an existing rr into bin/ yourself
                """)
    }

    /// A short reason.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let failed = error.connectionErrors.first { return Self.reason(failed.error) }
            return "the host \(error.host) is unknown"
        }
        if let error = error as? IOError { return SystemCallError(error).reason }
        guard let error = error as? HTTPClientError else { return "\(error)" }
        return switch error {
        case .connectTimeout: "the server does not accept a connection"
        case .readTimeout, .deadlineExceeded:
            "the server sent nothing for \(Self.readTimeout.nanoseconds / 1_000_000_000) seconds"
        case .remoteConnectionClosed: "the server closed the connection"
        default: "\(error)"
        }
    }
}
