/// `.env` of a new project.
enum EnvironmentTemplate {
    static func file(_ choices: ProjectChoices) -> String {
        String {
            "# Read from the working directory; the environment takes precedence. Not for production, and not in the repository."
            "# All keys: https://github.com/roadrunner-swift/roadrunner-swift#options"
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
