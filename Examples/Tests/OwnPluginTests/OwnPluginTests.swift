import RoadRunnerTesting
import Testing

@testable import OwnPlugin

/// Tests payloads of RoadRunner's `tcp` plugin, and their responses.
@Suite(.timeLimit(.minutes(1))) struct OwnPluginTests {
    private func withServer(_ body: (TestWorker) async throws -> Void) async throws {
        try await TestWorker.with(kernel: OwnPlugin.self, mode: TCP.mode, body)
    }

    /// - Returns: the action for the connection, and the bytes written to it.
    private func send(_ event: String, _ text: String = "", to worker: TestWorker) async throws -> (action: String, text: String)
    {
        let context = #"{"remote_addr":"127.0.0.1:50000","server":"lines","uuid":"d0c1","event":"\#(event)"}"#
        try await worker.send(payload: ByteBuffer(string: context), body: ByteBuffer(string: text))
        let frame = try await worker.nextFrame()
        var payload = frame.payload
        let action = payload.readString(length: Int(frame.options.first ?? 0)) ?? ""
        return (frame.flags.contains(.error) ? "ERROR" : action, String(buffer: payload))
    }

    @Test func linesAreAnswered() async throws {
        try await self.withServer { worker async throws in
            #expect(try await self.send("CONNECTED", to: worker) == ("WRITE", "Say something, or \"bye\".\r\n"))
            #expect(try await self.send("DATA", "hello\r\n", to: worker) == ("WRITE", "You said HELLO.\r\n"))
            #expect(try await self.send("DATA", "bye\r\n", to: worker) == ("WRITECLOSE", "Bye.\r\n"))
            #expect(try await self.send("CLOSE", to: worker) == ("CONTINUE", ""))
        }
    }

    @Test func unknownEventsAreErrors() async throws {
        try await self.withServer { worker async throws in
            #expect(try await self.send("LOOKED_AT", to: worker).action == "ERROR")
            // The worker continues.
            #expect(try await self.send("DATA", "hello\r\n", to: worker).action == "WRITE")
        }
    }
}
