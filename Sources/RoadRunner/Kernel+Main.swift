public import RoadRunnerRuntime
import RoadRunnerWeb
import Standalone

extension Kernel {
    /// The entry point of the process: mark the kernel with `@main`.
    ///
    /// It moves the relay away from standard output, reads the options, selects the runtime (`APP_RUNTIME`, or else whether
    /// RoadRunner started the process) and exits when the runtime has ended. A program that cannot run prints one line to standard
    /// error, and exits with code 1.
    @concurrent
    public static func main() async {
        await Launcher.main(
            Self.self, runtimes: [PoolRuntime(), SharedRuntime(), StandaloneRuntime(), DescribeRuntime()],
            integrations: [WebIntegration(), MissingProducts()])
    }
}
