import Goridge

/// RoadRunner and its workers can talk by `server.relay`.
struct RelayRule: Rule {
    func findings(_ setup: Setup) async -> [Finding] {
        // Without a value, or with an empty one, RoadRunner uses pipes.
        guard let relay = setup["server", "relay"]?.text, !relay.isEmpty else { return [] }
        guard (try? RelayAddress(parsing: relay, from: "server.relay")) == nil else { return [] }
        return [
            .fault(
                "relay", "server.relay is \"\(relay)\": RoadRunner cannot serve with it",
                "write pipes, tcp://127.0.0.1:6002 or unix://relay.sock; pipes are the fastest")
        ]
    }
}
