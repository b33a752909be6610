import Hummingbird
import RoadRunner
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How a program can crash.
private enum Crash: String {
    case trap, abort, overflow, null, task, tasks, stream

    func happen() async throws -> Response {
        switch self {
        case .trap: fatalError("crashed on purpose")
        case .abort: Self.abort()
        // The stack of a thread is limited.
        case .overflow: return Self.text(Self.recurse(1))
        case .null: return Self.text(Self.access())
        // On another thread.
        case .task: return await Task.detached { () -> Response in fatalError("crashed on purpose") }.value
        // On several at once.
        case .tasks:
            let meeting = Meeting()
            for _ in 0..<2 { Task.detached { Self.access(after: meeting) } }
            try await Task.sleep(for: .seconds(60))
            return Response(status: .ok)
        // After the head and a part of the body.
        case .stream:
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "so far so good\n"))
                    try await Task.sleep(for: .milliseconds(100))
                    fatalError("crashed on purpose")
                })
        }
    }

    private static func text(_ number: Int) -> Response {
        Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "\(number)\n")))
    }

    private static func abort() -> Never {
        #if canImport(Darwin)
        Darwin.abort()
        #elseif canImport(Musl)
        Musl.abort()
        #else
        Glibc.abort()
        #endif
    }

    /// Reads from an invalid address.
    @discardableResult
    private static func access(after meeting: Meeting? = nil) -> Int {
        let nothing = UnsafePointer<Int>(bitPattern: MemoryLayout<Int>.alignment)
        meeting?.wait()
        return nothing?.pointee ?? 0
    }

    /// A point at which two threads wait for each other.
    private final class Meeting: Sendable {
        private let count = Atomic(0)

        func wait() {
            self.count.wrappingAdd(1, ordering: .relaxed)
            let end = ContinuousClock.now + .seconds(1)
            while self.count.load(ordering: .relaxed) < 2, ContinuousClock.now < end {}
        }
    }

    @inline(never) private static func recurse(_ depth: Int) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { numbers in
            numbers[0] = depth
            return Self.recurse(depth &+ 1) &+ numbers[0]
        }
    }
}

/// Routes that fail in different ways, to observe the consequences.
enum Failures {
    struct OutOfCoffee: Error, CustomStringConvertible {
        var description: String { "the machine is out of coffee" }
    }

    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.get("throw") { request, _ -> String in
            // Printed to standard error; in debug the error page shows it as well.
            debugDump(request.uri.queryParameters.map { "\($0.key)" }, name: "parameters")
            throw OutOfCoffee()
        }

        // A trap ends the process: RoadRunner answers 500 and starts another worker.
        router.get("crash") { _, _ -> String in fatalError("crashed on purpose") }
        // Other ways to crash.
        router.get("crash/:kind") { _, context in
            guard let crash = Crash(rawValue: try context.parameters.require("kind")) else { throw HTTPError(.notFound) }
            return try await crash.happen()
        }

        // A program that ends itself in the middle of a request.
        router.get("exit") { _, _ -> String in exit(3) }

        // Standard output would be the relay to RoadRunner. The runtime moves it, so prints go to standard error.
        router.get("print") { _, _ in
            print("printed by Swift")
            puts("printed by C")
            return "printed\n"
        }
    }
}
