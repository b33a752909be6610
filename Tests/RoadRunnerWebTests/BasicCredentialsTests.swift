import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import RoadRunnerWeb

@Suite struct BasicCredentialsTests {
    @Test(arguments: [
        ("Basic YW5uOnM6ZWNyZXQ=", "ann", "s:ecret"), ("basic  YW5uOg==", "ann", ""), ("Basic Og==", "", ""),
        ("Basic xb5sdcWlOsW+", "žluť", "ž"),
        // A colon followed by a combining mark.
        ("Basic YW5uOsyBOmI=", "ann", "\u{301}:b"),
    ])
    func areRead(_ header: String, _ username: String, _ password: String) throws {
        let request = Request(
            head: .init(method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.authorization: header]),
            body: .init(buffer: ByteBuffer()))
        let credentials = try #require(request.basicCredentials)
        #expect(credentials.username == username)
        #expect(credentials.password == password)
        #expect(credentials.hasPassword(password))
        #expect(!credentials.hasPassword(password + "x"))
        #expect(!credentials.hasPassword("x" + password))
        #expect(!"\(credentials)".contains("ecret"))
    }

    @Test(arguments: ["", "Basic", "Basic ", "Basic !!!", "Bearer YW5uOg==", "Basic YW5u", "Basic /zov", "Basic YW5 uOg=="])
    func malformedCredentialsAreNil(_ header: String) {
        let request = Request(
            head: .init(method: .get, scheme: nil, authority: nil, path: "/", headerFields: [.authorization: header]),
            body: .init(buffer: ByteBuffer()))
        #expect(request.basicCredentials == nil)
    }
}
