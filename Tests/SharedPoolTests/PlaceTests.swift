import Foundation
import RoadRunnerTesting
import Testing

/// Tests the directories in which slots look for their host, and slots without a usable one.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PlaceTests {
    private func servesAlone(_ environment: [String: String], because reason: String) async throws {
        try await SharedPool.with(workers: 2, environment: environment) { shared async throws in
            let hosts = try await Set([shared.hostID(), shared.hostID()])
            #expect(hosts == Set(shared.pool.processIDs))
            #expect(await shared.pool.waitForStandardError(containing: "this worker serves by itself"))
            #expect(shared.pool.standardError.contains(reason), "\(shared.pool.standardError)")
        }
    }

    @Test func missingDirectories() async throws {
        try await self.servesAlone(
            ["XDG_RUNTIME_DIR": "/nonexistent", "TMPDIR": "/nonexistent"], because: "No such file or directory")
    }

    @Test func theOtherDirectoryIsUsed() async throws {
        try await withShortDirectory { folder async throws in
            try await SharedPool.with(workers: 2, environment: ["XDG_RUNTIME_DIR": "/nonexistent", "TMPDIR": folder]) {
                shared async throws in
                let one = try await shared.hostID()
                #expect(try await shared.hostID() == one)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["roadrunner-swift-\(geteuid())"])
            }
        }
    }

    @Test func aDirectoryOpenToOthers() async throws {
        try await withShortDirectory { folder async throws in
            try FileManager.default.createDirectory(atPath: folder + "/roadrunner-swift", withIntermediateDirectories: true)
            chmod(folder + "/roadrunner-swift", 0o777)
            try await self.servesAlone(
                ["XDG_RUNTIME_DIR": folder, "TMPDIR": "/nonexistent"], because: "/nonexistent/roadrunner-swift")
            chmod(folder + "/roadrunner-swift", 0o700)
            try await SharedPool.with(workers: 2, environment: ["XDG_RUNTIME_DIR": folder, "TMPDIR": "/nonexistent"]) {
                shared async throws in
                let one = try await shared.hostID()
                #expect(try await shared.hostID() == one)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away")) func aDirectoryOfAnotherUser() async throws {
        try await withShortDirectory { folder async throws in
            let path = "\(folder)/roadrunner-swift-\(geteuid())"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            chmod(path, 0o700)
            #expect(chown(path, 1, 1) == 0)
            try await self.servesAlone(["XDG_RUNTIME_DIR": "", "TMPDIR": folder], because: "directory that this user owns")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can mount a full disk")) func aFullDisk() async throws {
        try await withShortDirectory { folder async throws in
            func run(_ program: String, _ arguments: [String]) async throws -> WorkerExitStatus? {
                try await ChildProcess(
                    program, arguments: arguments, environment: [:], input: nil, output: nil, loop: Peer.sharedLoop()
                ).waitForExit(timeout: .seconds(10))
            }
            // Space for the directory, but for no file in it.
            let options = "size=4k,nr_inodes=2,mode=700"
            guard try await run("/bin/mount", ["-t", "tmpfs", "-o", options, "none", folder]) == .exited(0) else { return }
            do {
                try await self.servesAlone(["XDG_RUNTIME_DIR": "", "TMPDIR": folder], because: "No space left on device")
            } catch {
                Issue.record(error)
            }
            #expect(try await run("/bin/umount", [folder]) == .exited(0))
        }
    }

    @Test func aLinkIsNotADirectory() async throws {
        try await withShortDirectory { folder async throws in
            try FileManager.default.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
            chmod(folder + "/elsewhere", 0o700)
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/roadrunner-swift-\(geteuid())", withDestinationPath: folder + "/elsewhere")
            try await self.servesAlone(["XDG_RUNTIME_DIR": "", "TMPDIR": folder], because: "directory that this user owns")
        }
    }

    /// A host that lives, but does not respond, keeps its place.
    @Test func aHostThatDoesNotRespondIsNotReplaced() async throws {
        try await SharedPool.with(workers: 2) { shared async throws in
            let host = try await shared.hostID()
            kill(host, SIGSTOP)
            defer { kill(host, SIGKILL) }
            let before = shared.pool.processIDs
            shared.pool.signal(SIGKILL, to: [before[0]])
            // The new worker waits for ten seconds, and then serves by itself.
            #expect(await shared.pool.waitForStandardError(containing: "does not answer"))
            while shared.pool.processIDs.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
            let other = try #require(shared.pool.processIDs.first { !before.contains($0) })
            #expect(isAlive(host))
            kill(host, SIGCONT)
            let hosts = try await Set([shared.hostID(), shared.hostID()])
            #expect(hosts == [host, other])
        }
    }

    @Test func filesLeftByEndedRoadRunners() async throws {
        try await withShortDirectory { folder async throws in
            let directory = folder + "/roadrunner-swift"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            chmod(directory, 0o700)
            // No process has this pid, which is larger than Linux allows.
            let stale = "http-99999999-0123456789abcdef"
            for name in [stale, stale + ".lock", "something else"] {
                try Data().write(to: URL(filePath: "\(directory)/\(name)"))
            }
            try await SharedPool.with(workers: 1, environment: ["XDG_RUNTIME_DIR": folder]) { shared async throws in
                _ = try await shared.hostID()
                let names = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(!names.contains(stale) && !names.contains(stale + ".lock"))
                #expect(names.contains("something else"))
            }
        }
    }
}
