package import SwiftProtobuf

/// Messages as Centrifugo's HTTP side has them: JSON with the names of the protobuf fields, in which data is JSON itself and not base64.
///
/// Only spans of the text are exchanged, so that data stays what it was, number by number.
package enum CentrifugoJSON {
    /// Fields that are bytes in protobuf and JSON here, where the other side says so.
    private static let outgoing: Set<String> = ["data", "info", "meta", "conn_info", "chan_info", "params", "payload", "message"]
    private static let incoming: Set<String> = ["data", "meta", "conn_info", "chan_info"]

    package static func encode(_ message: any Message) throws -> [UInt8] {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        let text: [UInt8] = try message.jsonUTF8Bytes(options: options)
        return try JSONFieldRewriter.replacing(in: text) { key, parent, value in
            guard Self.outgoing.contains(key), value.first == UInt8(ascii: "\""),
                key != "message" || parent == "fcm" || parent == "hms"
            else { return nil }
            guard let bytes = Base64.decode(value.dropFirst().dropLast()) else { return nil }
            if JSONFieldRewriter.isValue(bytes) { return (key, bytes) }
            // Bytes that are no JSON have a field of their own.
            return key == "data" || key == "info" ? ("b64" + key, Array(value)) : nil
        }
    }

    package static func decode<Value: Message>(_ type: Value.Type, from text: [UInt8]) throws -> Value {
        let text = try JSONFieldRewriter.replacing(in: text) { key, parent, value in
            // The meta data of a device is a map in protobuf, too.
            guard Self.incoming.contains(key), key != "meta" || parent != "items" else { return nil }
            guard !value.elementsEqual("null".utf8), JSONFieldRewriter.isValue(Array(value)) else { return nil }
            return (key, Array("\"".utf8) + Base64.encode(value) + Array("\"".utf8))
        }
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Value(jsonUTF8Bytes: text, options: options)
    }
}
