import Goridge
import NIOCore
import Testing

@Suite struct SystemCallErrorTests {
    @Test(arguments: [
        ("bind(descriptor:ptr:bytes:)", "bind"),
        ("finishing a non-blocking connect failed", "finishing a non-blocking connect failed"),
    ]) func takesOverAnErrorOfNIO(_ text: String, _ call: String) {
        let error = SystemCallError(IOError(errnoCode: 98, reason: text))
        #expect(error.call == call)
        #expect(error.errno == 98)
        #expect(error.description == "\(call): \(error.reason) (errno 98)")
        #expect(!error.description.contains("descriptor"))
    }
}
