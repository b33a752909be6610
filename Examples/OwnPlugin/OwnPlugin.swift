import RoadRunner

/// A server for a line-based protocol, behind RoadRunner's `tcp` plugin, for which this package has no worker: `TCP.swift` is one.
@main
struct OwnPlugin: Kernel {
    init(_ boot: BootContext) async throws {}

    var workers: some Workers {
        TCP { event in
            switch event.kind {
            case .connected: return .write("Say something, or \"bye\".\r\n")
            case .data where event.line == "bye": return .writeAndClose("Bye.\r\n")
            case .data: return .write("You said \(event.line.uppercased()).\r\n")
            case .closed: return .nothing
            }
        }
    }
}
