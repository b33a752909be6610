import Goridge
import RoadRunnerConfiguration

/// RPC is configured where it is needed, and all settings have the same address.
struct RPCRule: Rule {
    /// Sections that programs reach by RPC.
    private static let users = ["kv", "lock", "metrics", "centrifuge"]

    func findings(_ setup: Setup) async -> [Finding] {
        guard setup.configuration != nil else { return [] }
        guard setup["rpc"] != nil else {
            let users = Self.users.filter { setup[$0] != nil }
            guard !users.isEmpty else { return [] }
            return [
                .fault(
                    "rpc.missing",
                    "\(setup.configurationName) has no section rpc, which programs need for \(users.joined(separator: " and "))",
                    "add rpc: { listen: \"\(RPCClient.defaultAddress)\" }")
            ]
        }
        let listen = setup["rpc", "listen"]?.text
        let address: RelayAddress
        do {
            address = try listen.map { try RelayAddress(parsingRPC: $0, from: "rpc.listen") } ?? RPCClient.defaultAddress
        } catch {
            return [
                .fault(
                    "rpc.address", "\(error)",
                    "write tcp://127.0.0.1:6001, or unix://rr.sock: RoadRunner does not start otherwise")
            ]
        }
        var findings: [Finding] = []
        func compare(_ text: String?, _ source: String) {
            guard let text, !text.isEmpty, (try? RelayAddress(parsingRPC: text, from: source)) != address else { return }
            findings.append(
                .fault(
                    "rpc.contradiction", "\(source) is \(text), and RoadRunner listens on \(address) (rpc.listen)",
                    "set both to the same address"))
        }
        compare(Setup.variables(setup["server", "env"])["RR_RPC"], "RR_RPC in server.env")
        for service in setup.services {
            compare(Setup.variables(service.section["env"])["RR_RPC"], "RR_RPC in service.\(service.name).env")
        }
        compare(setup.surroundings.variables["RR_RPC"], "RR_RPC in the environment")
        return findings.isEmpty ? [.good("rpc", "RPC listens on \(address)")] : findings
    }
}
