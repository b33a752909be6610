package import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

package enum Environment {
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The environment of this process without RoadRunner's variables and the application's settings.
    package static var withoutRoadRunner: [String: String] {
        var variables = ProcessInfo.processInfo.environment
        for key in ["RR_MODE", "RR_RELAY", "RR_RPC", "APP_RUNTIME", "APP_DEBUG", "APP_ENV", "LOG_LEVEL"] { variables[key] = nil }
        return variables
    }
}

/// The folder of this package.
package enum Checkout {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
