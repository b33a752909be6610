import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Standalone

@Suite(.timeLimit(.minutes(1))) struct UnixSocketFileTests {
    private static func listen(_ path: String) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    @Test func onlySocketsCount() async throws {
        try await withTemporaryDirectory { folder in
            try Data().write(to: URL(filePath: folder + "/file"))
            for name in ["/file", "/nothing", ""] { #expect(UnixSocketFile(folder + name) == nil) }
        }
    }

    /// The system keeps the file after the listening process has ended.
    @Test func listenersAreDetected() async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/socket"
            let server = try await Self.listen(path)
            #expect(try #require(UnixSocketFile(path)).isServed)
            // NIO removes the file when it closes the socket; a process that crashes does not.
            try FileManager.default.linkItem(atPath: path, toPath: folder + "/left")
            try await server.close()
            #expect(try !#require(UnixSocketFile(folder + "/left")).isServed)
        }
    }

    @Test func onlyItsOwnFileIsRemoved() async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/socket"
            let first = try await Self.listen(path)
            let own = try #require(UnixSocketFile(path))
            // Keeps the inode, so the next file gets another number.
            try FileManager.default.linkItem(atPath: path, toPath: folder + "/kept")
            let second = try await Self.listen(path)
            own.remove()
            #expect(UnixSocketFile(path) != nil)
            UnixSocketFile(path)?.remove()
            #expect(UnixSocketFile(path) == nil)
            try await first.close()
            try await second.close()
        }
    }
}
