package import Foundation

/// Bytes recorded between a real RoadRunner and a worker, with their meaning.
package struct Recording: Decodable, Sendable {
    package struct Frame: Decodable, Sendable {
        package let dir: String
        package let worker: Int
        /// Nil for frames too long for the recording.
        package let hex: String?
        package let raw: Bool?
        package let decoded: Decoded?

        package var isFromRoadRunner: Bool { self.dir == "rr>worker" }
        package var bytes: [UInt8]? { self.hex.flatMap { Recording.bytes(hex: $0) } }
    }

    package struct Decoded: Decodable, Sendable {
        package let flags: String?
        package let stream: String?
        package let options: [UInt32]?
        package let payload_len: Int?
        package let crc_ok: Bool?
        package let control: Control?
        package let context: Context?
        package let body: Value?
        package let body_len: Int?

        private enum CodingKeys: String, CodingKey {
            case flags, stream, options, payload_len, crc_ok, control, context, body, body_len
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.flags = try container.decodeIfPresent(String.self, forKey: .flags)
            self.stream = try container.decodeIfPresent(String.self, forKey: .stream)
            self.options = try container.decodeIfPresent([UInt32].self, forKey: .options)
            self.payload_len = try container.decodeIfPresent(Int.self, forKey: .payload_len)
            self.crc_ok = try container.decodeIfPresent(Bool.self, forKey: .crc_ok)
            self.control = try? container.decodeIfPresent(Control.self, forKey: .control)
            // Contexts of malformed responses are not messages; only those of requests are compared.
            self.context = try? container.decodeIfPresent(Context.self, forKey: .context)
            self.body = try? container.decodeIfPresent(Value.self, forKey: .body)
            self.body_len = try container.decodeIfPresent(Int.self, forKey: .body_len)
        }
    }

    package struct Control: Decodable, Sendable {
        package let pid: Int?
        package let stop: Bool?
    }

    package struct Context: Decodable, Sendable {
        package let remote_addr: String?
        package let `protocol`: String?
        package let method: String?
        package let uri: String?
        package let header: [String: [Value]]?
        package let raw_query: String?
        package let parsed: Bool?
        package let uploads: Value?
        package let attributes: [String: [Value]]?
    }

    /// Bytes, as text if they are UTF-8.
    package enum Value: Decodable, Sendable {
        case bytes([UInt8])
        /// The length of bytes too long for the recording.
        case length(Int)

        package init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .bytes(Array(text.utf8))
                return
            }
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let base64 = try container.decodeIfPresent(String.self, forKey: .b64) {
                self = .bytes(Array(Data(base64Encoded: base64) ?? Data()))
            } else {
                self = .length(try container.decode(Int.self, forKey: .len))
            }
        }

        private enum CodingKeys: String, CodingKey { case b64, len }
    }

    package let name: String
    package let description: String
    package let frames: [Frame]

    package static var fixtures: URL { Checkout.root.appending(path: "Tests/Fixtures") }

    /// All recordings of a folder of `Tests/Fixtures`.
    package static func all(_ folder: String) throws -> [Recording] {
        let directory = self.fixtures.appending(path: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path()).filter { $0.hasSuffix(".json") }
        return try names.sorted().map { name in
            try JSONDecoder().decode(Recording.self, from: Data(contentsOf: directory.appending(path: name)))
        }
    }

    package static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.utf8.filter { $0 != UInt8(ascii: " ") }.map { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
    }
}
