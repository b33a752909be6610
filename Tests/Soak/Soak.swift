import RoadRunnerTesting

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Sends many requests to a worker process, and prints the growth of its memory since the first tenth of them.
///
///     Soak PROGRAM REQUESTS
///
/// The exit code is 1 for a growth of 2 MiB or more.
@main
enum Soak {
    private static let allowed = 2 * 1024 * 1024

    private static let requests: [TestRequest] = {
        let form = [("Content-Type", "application/x-www-form-urlencoded")]
        let multipart = [("Content-Type", "multipart/form-data; boundary=b")]
        var parsed = TestRequest.post("/upload", headers: form, body: #"{"a":{"b":["1"]}}"#)
        parsed.isParsed = true
        return [
            .get("/hello"), .get("/json"), .get("/"), .get("/stream?n=1"), .get("/rows?n=20"), .get("/rows.ndjson?n=5"),
            .get("/report?n=5"), .get("/echo?a=1"), .get("/whoami"), .get("/me"), .get("/nope"), .get("/trailers"),
            .get("/hints"),
            .get("/files/hello.txt"), .get("/files/none"), .get("/download?bytes=100000"), .get("/cached?ms=0"), .get("/counter"),
            .get("/after?ms=0"), .get("/many?keys=a,b"), .post("/upload", headers: form, body: "a[b][]=1&c=2"), parsed,
            .post(
                "/upload", headers: multipart,
                body: "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nabc\r\n--b--\r\n"),
            .post("/login", headers: form, body: "user=ann"),
        ]
    }()

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]), count >= 1000 else {
            print("usage: Soak PROGRAM REQUESTS (at least 1000)")
            exit(2)
        }
        let growth = try await TestRPCServer.with(storages: ["cache", "vault"]) { server in
            var environment = server.environment
            environment["KV_KEYPAIR_PATH"] = ""
            environment["VAULT_KEY_PATH"] = "/tmp/rr-soak-\(getpid()).key"
            environment["LOG_LEVEL"] = "critical"
            defer { unlink("/tmp/rr-soak-\(getpid()).key") }
            return try await TestWorker.with(process: arguments[1], environment: environment) { worker in
                var before = 0
                for number in 0..<count {
                    if number == count / 10 { before = worker.residentMemory ?? 0 }
                    _ = try await worker.send(Self.requests[number % Self.requests.count])
                    // A replaced kernel must not leak either.
                    if number % 1000 == 999 { _ = try await worker.send(.get("/throw")) }
                }
                let after = worker.residentMemory ?? 0
                print("\(count) requests: resident \(before / 1024) KiB after \(count / 10), \(after / 1024) KiB at the end")
                return after - before
            }
        }
        print("grown by \(growth / 1024) KiB (allowed: less than \(Self.allowed / 1024))")
        exit(growth < Self.allowed ? 0 : 1)
    }
}
