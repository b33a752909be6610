import Goridge

/// RoadRunner and its workers can talk by `server.relay`.
struct RelayRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        // Without a value, or with an empty one, RoadRunner uses pipes.
        guard let relay = setup["server", "relay"]?.text, !relay.isEmpty else { return [] }
        do {
            _ = try RelayAddress(parsing: relay, from: "server.relay")
            return []
        } catch {
            return [
                .fault(
                    "relay", "server.relay is \"\(relay)\": \(error.reason)",
                    "write pipes, tcp://127.0.0.1:6002 or unix://relay.sock; pipes are the fastest")
            ]
        }
    }
}
