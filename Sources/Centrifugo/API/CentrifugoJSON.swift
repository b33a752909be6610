package import SwiftProtobuf

/// The JSON form of messages in Centrifugo's HTTP API: fields have their protobuf names, and data is JSON itself instead of base64.
///
/// Only the values of bytes fields are replaced, as spans of the text, so data stays exactly as it was, down to the digits of
/// numbers.
package enum CentrifugoJSON {
    /// Bytes that are not JSON, in a field without a base64 variant.
    package struct NotJSON: Error, CustomStringConvertible {
        /// The field.
        package let field: String
        package var description: String { "\"\(self.field)\" must be JSON: Centrifugo's HTTP API takes no other bytes there" }
    }

    package static func encode(_ message: any Message) throws -> [UInt8] {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        let text: [UInt8] = try message.jsonUTF8Bytes(options: options)
        return try JSONFieldRewriter.replacing(in: text, of: type(of: message).protoMessageName) { name, base64Name, value in
            guard value.first == UInt8(ascii: "\""), let bytes = Base64.decode(value.dropFirst().dropLast()) else { return nil }
            if JSONScanner.isValue(bytes) { return (name, bytes) }
            guard let base64Name else { throw NotJSON(field: name) }
            return (base64Name, Array(value))
        }
    }

    package static func decode<Value: Message>(_ type: Value.Type, from text: [UInt8]) throws -> Value {
        let text = try JSONFieldRewriter.replacing(in: text, of: type.protoMessageName) { name, _, value in
            guard !value.elementsEqual("null".utf8) else { return nil }
            return (name, Array("\"".utf8) + Base64.encode(value) + Array("\"".utf8))
        }
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Value(jsonUTF8Bytes: text, options: options)
    }
}
