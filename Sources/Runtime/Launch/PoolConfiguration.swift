import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What RoadRunner's configuration says of the pool that a process is of.
struct PoolConfiguration: Hashable {
    /// `pool.debug`: RoadRunner starts a worker for each request.
    var isDebug = false
    /// `pool.num_workers`, 1 or more: how many workers RoadRunner starts. As many as there are processors where it is not written.
    var workerCount = max(ProcessInfo.processInfo.activeProcessorCount, 1)

    /// - Parameter json: as `rpc.Config` gives it. What is not understood counts as not written.
    init(_ json: ByteBuffer, mode: WorkerMode) {
        let sections = try? JSONDecoder().decode(Section.self, from: Data(json.readableBytesView))
        let pool = sections?.section(mode.rawValue)?.section("pool")
        self.isDebug = pool?.flag("debug") ?? false
        if let count = pool?.number("num_workers"), count > 0 { self.workerCount = count }
    }

    /// Asks RoadRunner.
    ///
    /// - Returns: nil where it does not answer within a second, and where nobody says where it is.
    static func asked(of launch: LaunchContext, mode: WorkerMode) async -> PoolConfiguration? {
        // Without an address another RoadRunner might answer.
        guard launch.options.rpcAddress != nil else { return nil }
        let json = try? await withDeadline(.seconds(1)) {
            try await launch.process.remoteConfiguration()
        }
        return json.map { PoolConfiguration($0, mode: mode) }
    }

    /// A part of the configuration of which nothing is known beforehand.
    private struct Section: Decodable {
        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private let container: KeyedDecodingContainer<Key>

        init(from decoder: any Decoder) throws { self.container = try decoder.container(keyedBy: Key.self) }

        func section(_ name: String) -> Section? { try? self.container.decode(Section.self, forKey: Key(stringValue: name)) }

        /// Values that come from the environment are texts.
        func flag(_ name: String) -> Bool? {
            let key = Key(stringValue: name)
            if let flag = try? self.container.decode(Bool.self, forKey: key) { return flag }
            guard let text = try? self.container.decode(String.self, forKey: key) else { return nil }
            return ["1", "t", "true"].contains(text.lowercased())
        }

        func number(_ name: String) -> Int? {
            let key = Key(stringValue: name)
            return (try? self.container.decode(Int.self, forKey: key))
                ?? (try? self.container.decode(String.self, forKey: key)).flatMap { Int($0) }
        }
    }
}
