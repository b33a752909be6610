import Goridge
import KVCache
import NIOCore
import RoadRunner
import RoadRunnerTesting

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Measures the number of gets per second over one connection, by the number of tasks that make them concurrently. `scripts/bench`
/// runs it.
///
///     KeyValueBenchmark server                     prints its address, and serves until its input ends
///     KeyValueBenchmark client ADDRESS ROUNDS      prints a table
@main
struct KeyValueBenchmark {
    @concurrent
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "server": try await Self.serve()
        case "client":
            let address = try RelayAddress(parsingRPC: arguments.dropFirst().first, from: "ADDRESS")
            try await Self.measure(address, rounds: arguments.dropFirst(2).first.flatMap { Int($0) } ?? 7)
        default:
            print("KeyValueBenchmark server | client ADDRESS [ROUNDS]")
            exit(2)
        }
    }

    private static func serve() async throws {
        try await TestRPCServer.with(storages: ["cache"]) { server in
            print(server.address)
            fflush(nil)
            while readLine() != nil {}
        }
    }

    private static func measure(_ address: RelayAddress, rounds: Int) async throws {
        try await TestWorker.with(kernel: Getter.self, environment: ["RR_RPC": address.description]) { worker in
            worker.timeout = .seconds(300)
            try await Self.measure(worker, rounds: rounds)
        }
    }

    private static func measure(_ worker: TestWorker, rounds: Int) async throws {
        var rates: [Int: [Double]] = [:]
        // In turn, so other load on the machine affects all of them.
        for round in 0...rounds {
            for callers in [1, 8, 64] {
                let rate = try await worker.send(.get("/rate/\(callers)")).decode(as: Double.self)
                if round > 0 { rates[callers, default: []].append(rate) }
            }
        }
        let one = Self.median(rates[1])
        print("callers  gets/s    µs/get  ratio to one caller")
        for callers in [1, 8, 64] {
            let rate = Self.median(rates[callers])
            let columns = ["\(callers)", "\(Int(rate))", Self.rounded(1e6 / rate), Self.rounded(rate / one)]
            print(zip(columns, [7, 8, 10, 21]).map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined())
        }
    }

    private static func median(_ values: [Double]?) -> Double {
        let sorted = (values ?? []).sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

/// The tasks run like handlers: on the loop of a worker, which is in this process.
private struct Getter: Kernel {
    private let router = Router()

    init(_ boot: BootContext) async throws {
        let store = try await boot.keyValueStore("cache", coder: RawValueCoder())
        try await store.set(ByteBuffer(repeating: 0x78, count: 100), for: "key")
        self.router.get("rate/:callers") { _, context in
            let callers = try context.parameters.require("callers", as: Int.self)
            return "\(try await Self.rate(store, callers: max(1, callers), calls: 20_000))"
        }
    }

    var workers: some Workers { HTTP(self.router) }

    private static func rate(_ store: KeyValueStore, callers: Int, calls: Int) async throws -> Double {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    for _ in 0..<(calls / callers) {
                        guard try await store.get("key", as: ByteBuffer.self)?.readableBytes == 100 else { throw Wrong() }
                    }
                }
            }
            try await group.waitForAll()
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(calls / callers * callers) / (Double(seconds) + Double(attoseconds) * 1e-18)
    }

    private struct Wrong: Error {}
}
