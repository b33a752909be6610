package import NIOCore

extension SystemCallError {
    /// Takes over the system's error from one of NIO, whose own text has the signature of NIO's function, and a parenthesis too many.
    package init(_ error: IOError) {
        self.init("\(error)".prefix { $0 != "(" && $0 != ":" }.description, errno: error.errnoCode)
    }
}
