#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Base64 as in JSON.
enum Base64 {
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        // JSON may write a slash as `\/`.
        Data(base64Encoded: Data(text.filter { $0 != UInt8(ascii: "\\") })).map { Array($0) }
    }

    static func encode(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(Data(bytes).base64EncodedData()) }
}
