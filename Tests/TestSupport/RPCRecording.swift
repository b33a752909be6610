package import Foundation

/// Bytes recorded between an RPC client and a real RoadRunner, with their meaning.
package struct RPCRecording: Decodable, Sendable {
    package struct Frame: Decodable, Sendable {
        package let dir: String
        package let conn: Int
        /// Nil for frames too long for the recording.
        package let hex: String?
        /// The length of a frame that is too long for the recording.
        package let length: Int?
        /// Whether it is malformed on purpose.
        package let raw: Bool?
        package let t_ms: Double?
        package let decoded: Decoded

        package var isCall: Bool { self.dir == "client>rr" }
        package var bytes: [UInt8]? { self.hex.flatMap { Recording.bytes(hex: $0) } }
    }

    package struct Decoded: Decodable, Sendable {
        package let flags: String?
        package let seq: UInt32?
        package let method: String?
        package let message: String?
        package let result: JSONText?
        package let args: JSONText?
        package let error_text: String?
    }

    package let name: String
    package let description: String
    package let frames: [Frame]
    /// Set if the scenario ended RoadRunner.
    package let rr_exit_code: Int?

    /// The recordings of a folder of `Tests/Fixtures` whose names begin with `prefix`.
    package static func all(_ folder: String, prefix: String = "") throws -> [RPCRecording] {
        let directory = Recording.fixtures.appending(path: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path()).filter {
            $0.hasPrefix(prefix) && $0.hasSuffix(".json")
        }
        return try names.sorted().map { name in
            try JSONDecoder().decode(RPCRecording.self, from: Data(contentsOf: directory.appending(path: name)))
        }
    }
}

/// A JSON value of any shape.
package enum JSONText: Decodable, Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case list([JSONText])
    case object([String: JSONText])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONText].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONText].self))
        }
    }

    package subscript(_ key: String) -> JSONText? {
        if case .object(let entries) = self { entries[key] } else { nil }
    }

    package var list: [JSONText]? { if case .list(let elements) = self { elements } else { nil } }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var number: Double? { if case .number(let value) = self { value } else { nil } }

    /// The bytes: text if they are UTF-8, otherwise base64. Nil if they are too long for the recording.
    package var bytes: Data? {
        switch self {
        case .string(let text): Data(text.utf8)
        case .object(let entries): entries["b64"]?.string.flatMap { Data(base64Encoded: $0) }
        default: nil
        }
    }
}
