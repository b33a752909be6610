/// How long the parts of a kernel's life may take.
package struct KernelLimits: Sendable {
    /// Services of a kernel that is replaced or shut down may take this long to end.
    package var serviceShutdown = Duration.seconds(5)
    /// Waits that are longer are named in the log.
    package var notice = Duration.seconds(1)
    /// A new kernel takes over only when its services have run for so long.
    package var probation = Duration.seconds(1)
    /// Resets that found no idle moment for so long are logged, once.
    package var overdueReset = Duration.seconds(30)
    /// After a reboot that has failed the next one waits for so long.
    package var failedRebootPause = Duration.seconds(10)

    package init() {}
}
