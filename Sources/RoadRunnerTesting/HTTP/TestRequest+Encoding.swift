import HTTPTypes
public import NIOCore
import RoadRunnerAPI
import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension TestRequest {
    /// Returns the context of the request's frame, an `http.v1.Request`, for frames that a test composes itself.
    ///
    /// It does not describe files: ``TestWorker/begin(_:)`` writes and describes them.
    public func encodedContext() -> ByteBuffer { self.encodedContext(uploads: self.uploads) }

    func encodedContext(uploads: ByteBuffer?) -> ByteBuffer {
        var message = HTTPPayloadRequest()
        message.remoteAddr = self.remoteAddress
        message.protocol = self.protocolVersion
        message.method = self.rawMethod
        message.uri = self.uri
        for field in self.headers {
            let value = field.withUnsafeBytesOfValue { Data($0) }
            message.header[Self.canonical(field.name.rawName), default: HTTPPayloadHeaderValue()].value.append(value)
        }
        for line in self.rawHeaders {
            message.header[line.name, default: HTTPPayloadHeaderValue()].value.append(Data(line.value))
        }
        if let query = self.uri.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1).dropFirst().first {
            message.rawQuery = String(Substring(query))
        }
        message.parsed = self.isParsed
        if let uploads { message.uploads = Data(uploads.readableBytesView) }
        for (name, list) in self.attributes {
            message.attributes[name] = .with { $0.value = list.map { Data($0.utf8) } }
        }
        var options = BinaryEncodingOptions()
        // Equal requests have equal bytes.
        options.useDeterministicOrdering = true
        return ByteBuffer(bytes: (try? message.serializedBytes(options: options) as [UInt8]) ?? [])
    }

    /// Spells a name like Go's `CanonicalMIMEHeaderKey`: with a capital letter at the beginning and after each hyphen.
    private static func canonical(_ name: String) -> String {
        var isFirst = true
        let bytes = name.utf8.map { byte in
            defer { isFirst = byte == UInt8(ascii: "-") }
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): return isFirst ? byte & 0xDF : byte
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): return isFirst ? byte : byte | 0x20
            default: return byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
