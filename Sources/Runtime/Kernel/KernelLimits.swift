/// The time limits of a kernel's life.
package struct KernelLimits: Sendable {
    /// The time that the services of a kernel may take to end when it is replaced or shut down.
    package var serviceShutdown = Duration.seconds(5)
    /// The time after which a wait is named in the log.
    package var notice = Duration.seconds(1)
    /// The time that the services of a new kernel must have run before it takes over.
    package var probation = Duration.seconds(1)
    /// The time without an idle moment after which a pending reset is logged, once.
    package var overdueReset = Duration.seconds(30)
    /// The time between a failed reboot and the next one.
    package var failedRebootPause = Duration.seconds(10)

    package init() {}
}
