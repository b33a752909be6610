import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The configuration of this process's pool in RoadRunner.
struct PoolConfiguration: Hashable {
    /// `pool.debug`: RoadRunner starts a worker for each request.
    var isDebug = false
    /// `pool.num_workers`: the number of workers that RoadRunner starts, 1 or more. The default is the number of processors.
    var workerCount = max(ProcessInfo.processInfo.activeProcessorCount, 1)

    /// - Parameter json: the result of `rpc.Config`. Values that cannot be parsed count as not set.
    init(_ json: ByteBuffer, mode: WorkerMode) {
        let sections = try? JSONDecoder().decode(Section.self, from: Data(json.readableBytesView))
        let pool = sections?.section(mode.rawValue)?.section("pool")
        self.isDebug = pool?.flag("debug") ?? false
        if let count = pool?.number("num_workers"), count > 0 { self.workerCount = count }
    }

    /// Asks RoadRunner for the configuration.
    ///
    /// - Returns: nil if RoadRunner does not answer within a second, or if its address is not configured.
    static func asked(of launch: LaunchContext, mode: WorkerMode) async -> PoolConfiguration? {
        // Without an address another RoadRunner might answer.
        guard launch.options.rpcAddress != nil else { return nil }
        let json = try? await withDeadline(.seconds(1)) {
            try await launch.process.remoteConfiguration()
        }
        return json.map { PoolConfiguration($0, mode: mode) }
    }

    /// A part of the configuration with arbitrary keys and values.
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

        /// Values that come from the environment are strings.
        func flag(_ name: String) -> Bool? {
            let key = Key(stringValue: name)
            if let flag = try? self.container.decode(Bool.self, forKey: key) { return flag }
            if let number = try? self.container.decode(Int.self, forKey: key) { return number != 0 }
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
