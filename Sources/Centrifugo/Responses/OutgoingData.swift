import NIOCore

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The data that a handler sends back: a value that becomes JSON, or a `ByteBuffer`, which is sent as it is.
package struct OutgoingData: Sendable {
    private let value: any Encodable & Sendable

    package init(_ value: any Encodable & Sendable) { self.value = value }

    package init?(_ value: (any Encodable & Sendable)?) {
        guard let value else { return nil }
        self.value = value
    }

    package func encoded() throws -> Data {
        if let buffer = self.value as? ByteBuffer { return Data(buffer.readableBytesView) }
        return try JSONEncoder().encode(self.value)
    }
}
