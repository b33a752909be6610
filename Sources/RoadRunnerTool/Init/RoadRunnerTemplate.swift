/// `.rr.yaml` and `.rr.dev.yaml` of a new project.
enum RoadRunnerTemplate {
    /// Workers are kept, one or many.
    static func production(_ choices: ProjectChoices) -> String {
        String {
            "# RoadRunner in production: `rr serve`. Build the program first:"
            "# swift build -c release --static-swift-stdlib"
            "version: \"3\""
            Self.rpc
            if choices.hasPool {
                Self.server("release", ["APP_ENV: production"] + (choices.runtime == .shared ? ["APP_RUNTIME: shared"] : []))
            }
            if choices.servesHTTP {
                switch choices.runtime {
                case .pool:
                    Self.http([
                        "# Each worker answers one request at a time; it takes a few MiB.",
                        "num_workers: 4",
                        "# Longer than the slowest boot.",
                        "allocate_timeout: 60s",
                        "destroy_timeout: 60s",
                    ])
                case .shared:
                    Self.http([
                        "# The number of requests in flight. All workers share one process and one kernel; each takes a MiB.",
                        "num_workers: 32",
                        "# Longer than the slowest boot.",
                        "allocate_timeout: 60s",
                        "destroy_timeout: 60s",
                    ])
                case .native: Self.native
                }
            }
            if choices.usesCentrifugo {
                Self.centrifuge(["num_workers: 2", "allocate_timeout: 60s", "destroy_timeout: 60s"])
            }
            Self.storages(choices)
            ""
            "endure:"
            "  # How long the whole shutdown may take."
            "  grace_period: 30s"
            ""
            "logs:"
            "  mode: production"
            "  level: info"
            "  channels:"
            "    server:"
            "      # The workers' own log lines, unchanged."
            "      mode: raw"
        }
    }

    /// Each request gets a new worker.
    static func development(_ choices: ProjectChoices) -> String {
        String {
            "# RoadRunner for development: `rr-swift dev`. Each request gets a new worker, so a rebuilt program is used at once."
            "version: \"3\""
            Self.rpc
            Self.server("debug", ["APP_ENV: dev"])
            if choices.servesHTTP { Self.http(["debug: true"]) }
            if choices.usesCentrifugo { Self.centrifuge(["debug: true"]) }
            Self.storages(choices)
            ""
            "logs:"
            "  mode: development"
            "  level: info"
            "  channels:"
            "    server:"
            "      mode: raw"
        }
    }

    private static let rpc = ["", "rpc:", "  listen: \"${RPC_LISTEN:-tcp://127.0.0.1:6001}\""]

    private static func server(_ configuration: String, _ variables: [String]) -> [String] {
        ["", "server:", "  command: \"${APP_BINARY:-.build/\(configuration)/App}\"", "  relay: pipes", "  env:"]
            + variables.map { "    - \($0)" }
    }

    private static func http(_ pool: [String]) -> [String] {
        ["", "http:", "  address: \"${HTTP_HOST:-127.0.0.1}:${HTTP_PORT:-8080}\"", "  pool:"] + pool.map { "    \($0)" }
    }

    private static func centrifuge(_ pool: [String]) -> [String] {
        [
            "", "# Events of websocket clients, from Centrifugo, which centrifugo.json configures.", "centrifuge:",
            "  proxy_address: tcp://127.0.0.1:30000", "  grpc_api_address: 127.0.0.1:10000", "  pool:",
        ] + pool.map { "    \($0)" }
    }

    /// RoadRunner keeps the program running, and provides storages; the program serves HTTP itself.
    private static let native = [
        "",
        "service:",
        "  app:",
        "    command: \"${APP_BINARY:-.build/release/App}\"",
        "    process_num: 1",
        "    remain_after_exit: true",
        "    restart_sec: 1",
        "    service_name_in_log: true",
        "    env:",
        "      - APP_ENV: production",
        "      - APP_RUNTIME: standalone",
        "      # A killed RoadRunner cannot stop the program, so it exits by itself and frees its address.",
        "      - APP_EXIT_WITH_PARENT: \"true\"",
        "      - RR_RPC: tcp://127.0.0.1:6001",
        "      # HTTP_HOST and HTTP_PORT come from RoadRunner's own environment, or from .env.",
    ]

    private static func storages(_ choices: ProjectChoices) -> [String] {
        guard !choices.storageNames.isEmpty else { return [] }
        return ["", "kv:"] + choices.storages.flatMap { Self.storage($0.name, $0) }
            + (choices.encrypts ? ["  # The program encrypts its values."] + Self.storage("vault", .boltdb) : [])
    }

    private static func storage(_ name: String, _ driver: ProjectChoices.Storage) -> [String] {
        let configuration =
            switch driver {
            case .memory: ["    config: {}"]
            case .boltdb: ["    config:", "      file: var/\(name).db"]
            case .redis: ["    config:", "      addrs:", "        - \"${REDIS_ADDRESS:-127.0.0.1:6379}\""]
            case .memcached: ["    config:", "      addr:", "        - \"${MEMCACHED_ADDRESS:-127.0.0.1:11211}\""]
            }
        return ["  \(name):", "    driver: \(driver.rawValue)"] + configuration
    }
}
