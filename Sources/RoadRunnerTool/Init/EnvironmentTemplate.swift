/// `.env` of a new project.
enum EnvironmentTemplate {
    static func file(_ choices: ProjectChoices) -> String {
        String {
            "# Read from the working directory; the environment wins over it. It is not meant for production, and not in the repository."
            "# All keys: https://github.com/roadrunner-swift/roadrunner-swift#options"
            ""
            "# Errors are shown in the browser."
            "APP_ENV=dev"
            "LOG_LEVEL=info"
            ""
            "# Where the program listens alone. RoadRunner reads them from its own environment: rr serve --dotenv .env"
            "HTTP_HOST=127.0.0.1"
            "HTTP_PORT=8080"
            if choices.usesCentrifugo {
                ""
                "# Alone: Centrifugo's HTTP API."
                "#CENTRIFUGO_API_URL=http://127.0.0.1:8000/api"
                "#CENTRIFUGO_API_KEY="
            }
        }
    }
}
