import Hummingbird
import RoadRunner

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What can go wrong, to see what becomes of it.
enum Mishaps {
    struct OutOfCoffee: Error, CustomStringConvertible {
        var description: String { "the machine is out of coffee" }
    }

    static func addRoutes(to router: Router<BasicRoadRunnerRequestContext>) {
        router.get("throw") { request, _ -> String in
            // Printed to standard error; in debug the error page shows it as well.
            debugDump(request.uri.queryParameters.map { "\($0.key)" }, name: "parameters")
            throw OutOfCoffee()
        }

        // A trap ends the process: RoadRunner answers 500 and starts another worker.
        router.get("crash") { _, _ -> String in fatalError("crashed on purpose") }

        // A program that ends itself in the middle of a request.
        router.get("exit") { _, _ -> String in exit(3) }

        // Standard output is the relay to RoadRunner. Here it is not, so that prints go to standard error.
        router.get("print") { _, _ in
            print("printed by Swift")
            puts("printed by C")
            return "printed\n"
        }
    }
}
