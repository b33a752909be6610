/// The two ends of a connection as this process holds them; for sockets they are the same descriptor.
package struct RelayDescriptors: Sendable, Hashable {
    package let input: CInt
    package let output: CInt

    package init(input: CInt, output: CInt) {
        self.input = input
        self.output = output
    }

    /// Closes the descriptors.
    package func close() {
        SystemCall.closeDescriptor(self.input)
        if self.output != self.input { SystemCall.closeDescriptor(self.output) }
    }
}
