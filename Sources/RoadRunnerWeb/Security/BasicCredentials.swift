import HTTPTypes
import HTTPWorker
public import Hummingbird
import RoadRunnerRuntime

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A user's name and password, as HTTP's Basic authentication sends them (RFC 7617).
public struct BasicCredentials: Sendable, Hashable, CustomStringConvertible {
    /// The user's name, which contains no colons.
    public let username: String
    /// The password as typed.
    public let password: String

    /// - Returns: nil when the string is malformed as the part after `Basic` in an `Authorization` header.
    init?(base64 text: some StringProtocol) {
        guard let data = Data(base64Encoded: String(text)), let decoded = String(validating: data, as: UTF8.self),
            let colon = decoded.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        self.username = String(decoded[..<colon])
        self.password = String(Substring(decoded.utf8[colon...].dropFirst()))
    }

    /// The username, without the password.
    public var description: String { "\(self.username):…" }

    /// Whether the password is this one; compares in constant time for a given length.
    public func hasPassword(_ expected: String) -> Bool { expected.equalsInConstantTime(self.password) }
}

extension Request {
    /// The credentials of the `Authorization` header, if it uses Basic authentication.
    public var basicCredentials: BasicCredentials? {
        guard let value = self.headers[.authorization], Substring(value.utf8.prefix(6)).hasBytesIgnoringCase(of: "Basic ")
        else { return nil }
        return BasicCredentials(base64: Substring(value.utf8.dropFirst(6)).trimmingSpaces)
    }
}
