import HTTPTypes
import Testing

@testable import RoadRunnerWeb

@Suite struct FilePreconditionsTests {
    private func decision(
        _ method: HTTPRequest.Method, _ fields: [HTTPField.Name: String], eTag: String = "\"v1\""
    ) -> FilePreconditions.Decision {
        var headers = HTTPFields()
        for (name, value) in fields { headers[name] = value }
        return FilePreconditions.decide(method, headers, size: 10, .init(eTag: eTag, modified: 784_111_777))
    }

    @Test func weakTagsAreComparedWeaklyWhereTheyMayBe() {
        let weak = "W/\"v1\""
        #expect(self.decision(.get, [.ifNoneMatch: "\"v1\""], eTag: weak) == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: weak]) == .notModified)
        #expect(self.decision(.get, [.ifMatch: weak], eTag: weak) == .failed)
        #expect(self.decision(.get, [.ifMatch: weak]) == .failed)
        #expect(self.decision(.get, [.ifMatch: "*"], eTag: weak) == .whole)
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: weak], eTag: weak) == .whole)
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: "\"v1\""]) == .part(0..<1))
        #expect(self.decision(.get, [.range: "bytes=0-0", .ifRange: "\"v1"]) == .whole)
    }

    @Test func tagsMayHaveCommas() {
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\", \"a,b\""], eTag: "\"a,b\"") == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: "\"a,v1\""]) == .whole)
        #expect(self.decision(.get, [.ifMatch: "\"a,\\\", \"v1\""]) == .whole)
    }

    @Test func malformedTagsAreIgnored() {
        #expect(self.decision(.get, [.ifNoneMatch: "v1, , \"x, \"v1\""]) == .whole)
        #expect(self.decision(.get, [.ifNoneMatch: "v1, \"v1\""]) == .notModified)
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\", *"]) == .whole)
        #expect(self.decision(.get, [.ifMatch: "v1"]) == .failed)
        #expect(self.decision(.get, [.ifMatch: ""]) == .failed)
        #expect(self.decision(.get, [.ifNoneMatch: "\"x\",\u{301} \"v1\""]) == .whole)
    }

    @Test func notModifiedIsOnlyForReads() {
        for method in [HTTPRequest.Method.get, .head] {
            #expect(self.decision(method, [.ifNoneMatch: "\"v1\""]) == .notModified)
            #expect(self.decision(method, [.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]) == .notModified)
        }
        for method in [HTTPRequest.Method.post, .put, .delete] {
            #expect(self.decision(method, [.ifNoneMatch: "\"v1\""]) == .failed)
            #expect(self.decision(method, [.ifNoneMatch: "*"]) == .failed)
            #expect(self.decision(method, [.ifNoneMatch: "\"x\""]) == .whole)
            #expect(self.decision(method, [.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"]) == .whole)
        }
    }
}
