import TestSupport
import Testing

private let soakSeconds = Environment.variable("RR_SOAK_SECONDS").flatMap { Int($0) }

/// Checks that RoadRunner's memory stays flat while workers use keys, locks, tags, metrics and log lines that never repeat.
///
/// It runs when `RR_SOAK_SECONDS` sets its duration, for example 600.
@Suite(
    .enabled(if: RoadRunnerServer.binary != nil, "RR_BINARY names no RoadRunner"),
    .enabled(if: soakSeconds != nil, "RR_SOAK_SECONDS is not set"))
struct SoakTests {
    @Test func roadRunnersMemoryStaysFlat() async throws {
        let seconds = try #require(soakSeconds)
        let server = try RoadRunnerServer(
            pool: ["num_workers: 4"], environment: ["LOG_TO_ROADRUNNER": "true", "LOG_LEVEL": "debug"])
        try await server.waitUntilReady()
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let requests = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let client = try RawHTTPClient(port: server.port)
                    var count = 0
                    while ContinuousClock.now < end {
                        let key = String(UInt64.random(in: 0 ... .max), radix: 36)
                        for (method, path, body) in [
                            ("GET", "/cached?ms=0&key=\(key)&tag=tag-\(count % 50)", ""), ("GET", "/counter", ""),
                            ("PUT", "/vault/\(key)", "text"), ("GET", "/vault/\(key)", ""), ("DELETE", "/vault/\(key)", ""),
                            ("GET", "/metrics-demo", ""), ("GET", "/many?keys=\(key),cached", ""),
                        ] {
                            let response = try await client.send(
                                method, path, headers: ["Content-Type: text/plain"], body: body)
                            guard (200..<300).contains(response.status) else {
                                throw RawHTTPClient.Failure(description: "\(method) \(path): \(response)")
                            }
                            count += 1
                        }
                    }
                    return count
                }
            }
            var memory: [Int] = []
            let step = max(1, seconds / 20)
            while ContinuousClock.now < end {
                try await Task.sleep(for: .seconds(step))
                memory.append(try #require(server.memory) / 1024)
                print("after \((ContinuousClock.now - start).components.seconds) s RoadRunner holds \(memory.last ?? 0) KiB")
            }
            var count = 0
            for try await part in group { count += part }
            // Go's collector makes the memory fluctuate: the minimum of a period shows the retained part.
            let third = memory.count / 3
            let (middle, last) = (memory.dropFirst(third).prefix(third).min() ?? 0, memory.suffix(third).min() ?? 0)
            print("RoadRunner's memory: \(middle) KiB in the second third, \(last) KiB in the last, at least; \(count) requests")
            #expect(last < middle + max(4096, middle / 10))
            return count
        }
        #expect(requests > seconds)
    }
}
