import Foundation
import TestSupport
import Testing

@testable import Goridge

@Suite struct ErrorShapeTests {
    /// Applications throw these at Centrifugo's clients as messages: they are not failures of this package.
    private static let messages: Set<String> = ["CentrifugoClientError"]

    /// The shared shape lets applications distinguish all errors in the same way.
    @Test func everyPublicErrorHasTheSharedShape() throws {
        let sources = Checkout.root.appending(path: "Sources")
        var names: [String] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path()) where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            for match in text.matches(of: /public (?:struct|enum|final class) (\w+)\s*:([^{]*)\{/) {
                let conformances = match.2.split { !$0.isLetter }
                if conformances.contains("RoadRunnerError") { names.append(String(match.1)) }
                guard conformances.contains("Error"), !Self.messages.contains(String(match.1)) else { continue }
                Issue.record("\(match.1) in \(path) is not a RoadRunnerError")
            }
        }
        #expect(names.count > 20)
    }

    @Test func theShapeIsEnoughToDecide() {
        let error: any Error = FrameError.checksumMismatch("")
        #expect((error as? any RoadRunnerError).map { "\($0.code)" } == "checksumMismatch")
        #expect((error as? any RoadRunnerError)?.underlying == nil)
    }
}
