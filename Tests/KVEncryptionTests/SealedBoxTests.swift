import Foundation
import NIOCore
import TestSupport
import Testing

@testable import KVEncryption

private struct Bytes64: Decodable {
    let data: Data
    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let data = Data(base64Encoded: text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no base64"))
        }
        self.data = data
    }
}

/// Vectors from PHP's libsodium.
private enum Vectors {
    struct Keypair: Decodable {
        let name: String
        let keypair_file_b64: Bytes64
        let secret_key_b64: Bytes64
        let public_key_b64: Bytes64
    }
    struct Box: Decodable {
        let name: String
        let plaintext_b64: Bytes64
        let sealed_b64: Bytes64
    }
    struct Failure: Decodable {
        let name: String
        let sealed_b64: Bytes64
        let keypair_file_b64: Bytes64
    }
    struct Keypairs: Decodable { let keypairs: [Keypair] }
    struct Boxes: Decodable {
        let keypair_file_b64: Bytes64
        let boxes: [Box]
    }
    struct BigBox: Decodable {
        let keypair_file_b64: Bytes64
        let plaintext_length: Int
        let sealed_b64: Bytes64
    }
    struct Failures: Decodable { let cases: [Failure] }

    static func load<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: Recording.fixtures.appending(path: "sodium/\(name).json")))
    }
}

@Suite struct SealedBoxTests {
    @Test func keypairsOfPHP() throws {
        let keypairs = try Vectors.load("keypairs", as: Vectors.Keypairs.self).keypairs
        #expect(keypairs.count == 4)
        for vector in keypairs {
            let keypair = try BoxKeypair(bytes: vector.keypair_file_b64.data)
            #expect(Data(keypair.publicKey) == vector.public_key_b64.data)
            keypair.secretKey.withBytes { #expect(Data(bytes: $0, count: 32) == vector.secret_key_b64.data) }
        }
    }

    @Test(arguments: ["sealed_boxes", "non_deterministic"]) func boxesOfPHPOpen(_ name: String) throws {
        let vectors = try Vectors.load(name, as: Vectors.Boxes.self)
        let box = SealedBoxEnvelope(try BoxKeypair(bytes: vectors.keypair_file_b64.data))
        #expect(vectors.boxes.count >= 3)
        for vector in vectors.boxes {
            let opened = try box.open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
            #expect(Data(opened.readableBytesView) == vector.plaintext_b64.data, "\(vector.name)")
            // Boxes of this package open with the recorded keys, and differ each time.
            let sealed = try box.seal(opened, for: entry)
            #expect(sealed.readableBytes == vector.sealed_b64.data.count)
            #expect(sealed != ByteBuffer(bytes: vector.sealed_b64.data))
            #expect(try box.open(sealed, for: entry) == opened)
        }
    }

    @Test func aBigBoxOfPHPOpens() throws {
        let vector = try Vectors.load("sealed_box_64kib", as: Vectors.BigBox.self)
        let opened = try SealedBoxEnvelope(BoxKeypair(bytes: vector.keypair_file_b64.data))
            .open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
        let expected = (0..<vector.plaintext_length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        #expect(Array(opened.readableBytesView) == expected)
    }

    @Test func invalidBoxesFail() throws {
        let cases = try Vectors.load("must_fail", as: Vectors.Failures.self).cases
        #expect(cases.count == 22)
        for vector in cases {
            let result = code {
                let box = SealedBoxEnvelope(try BoxKeypair(bytes: vector.keypair_file_b64.data))
                _ = try box.open(ByteBuffer(bytes: vector.sealed_b64.data), for: entry)
            }
            let possible: [EncryptionError.Code] =
                switch vector.name {
                case let name where name.hasPrefix("keypair_"): [.wrongLength]
                case "swapped_halves", "right_secret_wrong_public", "wrong_secret_right_public": [.mismatchedKeys]
                case "too_short_47", "empty", "plaintext_not_encrypted": [.unknownFormat]
                default: [.notAuthentic]
                }
            #expect(result.map { possible.contains($0) } == true, "\(vector.name): \(String(describing: result))")
        }
    }
}
