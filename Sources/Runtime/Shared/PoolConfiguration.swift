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

    /// - Parameter json: as `rpc.Config` gives it. What is not understood counts as not written.
    init(_ json: ByteBuffer, mode: WorkerMode) {
        let sections = try? JSONDecoder().decode(Section.self, from: Data(json.readableBytesView))
        self.isDebug = sections?.section(mode.rawValue)?.section("pool")?.flag("debug") ?? false
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
    }
}
