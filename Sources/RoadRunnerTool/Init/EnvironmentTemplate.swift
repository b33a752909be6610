/// `.env` and `.env.example` of a new project.
enum EnvironmentTemplate {
    private static let options =
        "https://github.com/roadrunner-swift/roadrunner-swift/blob/main/Sources/RoadRunner/RoadRunner.docc/Configuration.md"

    static func file(_ choices: ProjectChoices, isExample: Bool) -> String {
        String {
            if isExample {
                "# Copy to .env, which is read from the working directory; the environment takes precedence. Not for production."
            } else {
                "# Read from the working directory; the environment takes precedence. Not for production, and not in the repository."
            }
            "# All keys: \(Self.options)"
            ""
            "# Errors are shown in the browser."
            "APP_ENV=dev"
            "LOG_LEVEL=info"
            ""
            "# The program's address when it serves alone. RoadRunner reads them from its own environment: rr serve --dotenv .env"
            "HTTP_HOST=127.0.0.1"
            "HTTP_PORT=8080"
            if choices.usesCentrifugo {
                ""
                "# Centrifugo's HTTP API, when the program serves alone."
                "#CENTRIFUGO_API_URL=http://127.0.0.1:8000/api"
                "#CENTRIFUGO_API_KEY="
            }
        }
    }
}
