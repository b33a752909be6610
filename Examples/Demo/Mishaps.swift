import Hummingbird
import RoadRunner

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
        // The stack of a thread ends somewhere.
        case .overflow: return Self.text(Self.recurse(1))
        case .null:
            let nothing = UnsafePointer<Int>(bitPattern: MemoryLayout<Int>.alignment)
            return Self.text(nothing?.pointee ?? 0)
        // On another thread.
        case .task: return await Task.detached { () -> Response in fatalError("crashed on purpose") }.value
        // On several at once.
        case .tasks:
            for _ in 0..<8 { Task.detached { Self.abort() } }
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

    @inline(never) private static func recurse(_ depth: Int) -> Int {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { numbers in
            numbers[0] = depth
            return Self.recurse(depth &+ 1) &+ numbers[0]
        }
    }
}

/// What can go wrong, to see what becomes of it.
enum Mishaps {
    struct OutOfCoffee: Error, CustomStringConvertible {
        var description: String { "the machine is out of coffee" }
    }

    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.get("throw") { request, _ -> String in
            // Printed to standard error; in debug the error page shows it as well.
            dump(request.uri.queryParameters.map { "\($0.key)" }, name: "parameters")
            throw OutOfCoffee()
        }

        // A trap ends the process: RoadRunner answers 500 and starts another worker.
        router.get("crash") { _, _ -> String in fatalError("crashed on purpose") }
        // Other ways to end like that.
        router.get("crash/:kind") { _, context in
            guard let crash = Crash(rawValue: try context.parameters.require("kind")) else { throw HTTPError(.notFound) }
            return try await crash.happen()
        }

        // A program that ends itself in the middle of a request.
        router.get("exit") { _, _ -> String in exit(3) }

        // Standard output is the relay to RoadRunner. Here it is not, so that prints go to standard error.
        router.get("print") { _, _ in
            print("printed by Swift")
            puts("printed by C")
            return "printed\n"
        }
    }
}
