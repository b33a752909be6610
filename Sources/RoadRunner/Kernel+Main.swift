public import RoadRunnerRuntime
import RoadRunnerWeb
import Standalone

extension Kernel {
    /// The entry point of the process: mark the kernel with `@main`.
    ///
    /// It moves the relay away from standard output, reads the options, picks the runtime (`APP_RUNTIME`, or else by whether
    /// RoadRunner started the process) and ends the process when that is done. What cannot be run is one line on standard
    /// error, and exit code 1.
    @concurrent
    public static func main() async {
        await Launcher.main(
            Self.self, runtimes: [PoolRuntime(), SharedRuntime(), StandaloneRuntime(), DescribeRuntime()],
            integrations: [WebIntegration(), MissingProducts()])
    }
}
