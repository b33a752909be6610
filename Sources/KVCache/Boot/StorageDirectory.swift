import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The storages in RoadRunner's configuration.
struct StorageDirectory: Equatable {
    let drivers: [String: StorageDriver]

    /// - Parameter configuration: as `rpc.Config` returns it.
    init(configuration: ByteBuffer) throws {
        let sections = try JSONDecoder().decode(Sections.self, from: Data(configuration.readableBytesView))
        self.drivers = (sections.kv?.storages ?? [:]).compactMapValues { $0.driver.map { StorageDriver(rawValue: $0) } }
    }

    private struct Sections: Decodable {
        let kv: Storages?
    }

    private struct Storages: Decodable {
        let storages: [String: Storage]?
        init(from decoder: any Decoder) throws {
            self.storages = try? decoder.singleValueContainer().decode([String: Storage].self)
        }
    }

    /// RoadRunner skips entries that are not maps or have no driver.
    private struct Storage: Decodable {
        let driver: String?
        private enum CodingKeys: String, CodingKey { case driver }
        init(from decoder: any Decoder) throws {
            self.driver = try? decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .driver)
        }
    }
}
