/// The reset that is due before an instance is leased again.
package struct KernelReset<Served: Sendable>: Sendable {
    let manager: KernelManager<Served>
    let instance: KernelInstance<Served>
    let id: UInt64

    /// Performs the reset.
    ///
    /// - Parameter isLimited: whether the reset is abandoned when it takes too long. Otherwise the caller limits it.
    package func perform(isLimited: Bool) async { await self.manager.reset(self.instance, self.id, isLimited: isLimited) }

    /// Skips the reset, since the process is shutting down.
    package func skip() { self.manager.resetSkipped(self.instance, self.id) }
}
