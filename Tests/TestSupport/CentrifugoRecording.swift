import Foundation

/// Bytes recorded between a real RoadRunner, its worker for Centrifugo, and clients of its RPC.
package struct CentrifugoRecording: Decodable, Sendable {
    package struct Frame: Decodable, Sendable {
        package let dir: String
        package let hex: String
        package let conn: Int
        package let raw: Bool?
        package let decoded: Decoded

        package var bytes: [UInt8] { Recording.bytes(hex: self.hex) ?? [] }
    }

    package struct Decoded: Decodable, Sendable {
        package let flags: String?
        package let seq: UInt32?
        package let method: String?
        package let message: String?
        package let context: JSONText?
        package let body: JSONText?
        package let args: JSONText?
        package let result: JSONText?
        package let error_text: String?

        private enum CodingKeys: String, CodingKey {
            case flags, seq, method, message, context, body, args, result, error_text
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.flags = try container.decodeIfPresent(String.self, forKey: .flags)
            self.seq = try container.decodeIfPresent(UInt32.self, forKey: .seq)
            self.method = try container.decodeIfPresent(String.self, forKey: .method)
            // In some frames this is a JSON object.
            self.message = try? container.decodeIfPresent(String.self, forKey: .message)
            self.context = try container.decodeIfPresent(JSONText.self, forKey: .context)
            self.body = try container.decodeIfPresent(JSONText.self, forKey: .body)
            self.args = try container.decodeIfPresent(JSONText.self, forKey: .args)
            self.result = try container.decodeIfPresent(JSONText.self, forKey: .result)
            self.error_text = try container.decodeIfPresent(String.self, forKey: .error_text)
        }
    }

    package let name: String
    package let frames: [Frame]

    package static func all(_ folder: String, prefix: String = "") throws -> [CentrifugoRecording] {
        let directory = Recording.fixtures.appending(path: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path()).filter {
            $0.hasPrefix(prefix) && $0.hasSuffix(".json")
        }
        return try names.sorted().map { name in
            try JSONDecoder().decode(CentrifugoRecording.self, from: Data(contentsOf: directory.appending(path: name)))
        }
    }
}
