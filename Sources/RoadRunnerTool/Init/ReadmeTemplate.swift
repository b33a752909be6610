/// `README.md` of a new project.
enum ReadmeTemplate {
    static func text(_ choices: ProjectChoices) -> String {
        String {
            "# \(choices.name)"
            ""
            "A Swift application on [RoadRunner](https://roadrunner.dev)."
            ""
            "```sh"
            "swift run                # serves without RoadRunner: http://127.0.0.1:8080/"
            "swift test"
            "rr-swift get             # RoadRunner, into bin/"
            "rr-swift dev             # serves through RoadRunner, and rebuilds on changes"
            "rr-swift check           # finds what is wrong with the set-up"
            "```"
            ""
            if choices.servesHTTP {
                "```sh"
                "curl http://127.0.0.1:8080/hello/ann"
                if !choices.storages.isEmpty { "curl http://127.0.0.1:8080/counter" }
                if choices.encrypts {
                    "curl -X PUT -d 1234 http://127.0.0.1:8080/vault/door"
                    "curl http://127.0.0.1:8080/vault/door"
                }
                "```"
                ""
            }
            "In production: `swift build -c release --static-swift-stdlib && bin/rr serve`, or `docker compose up --build`."
            if choices.encrypts {
                ""
                "Encryption needs libsodium: `apt-get install libsodium-dev`, or `brew install libsodium` with `CPATH` and"
                "`LIBRARY_PATH` set to its folders. Keep a copy of `var/vault.key`: without it nothing in the storage can be read."
            }
        }
    }
}
