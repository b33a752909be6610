/// `Dockerfile` and `compose.yaml` of a new project.
enum ContainerTemplate {
    static func dockerfile(_ choices: ProjectChoices) -> String {
        String {
            "# RoadRunner and the program that it starts."
            "#"
            "#     docker build -t \(choices.name.lowercased()) ."
            "#     docker run --rm --init -p 8080:8080 \(choices.name.lowercased())"
            ""
            "FROM swift:6.2-bookworm AS build"
            if choices.encrypts {
                "RUN apt-get update && apt-get install -y libsodium-dev && rm -rf /var/lib/apt/lists/*"
            }
            "WORKDIR /src"
            "COPY Package.* ./"
            "COPY Sources Sources"
            "COPY Tests Tests"
            "RUN swift build -c release --static-swift-stdlib --product App \\"
            "    && install -D \"$(swift build -c release --static-swift-stdlib --show-bin-path)/App\" /app/App \\"
            "    && strip --strip-debug /app/App"
            ""
            "FROM ghcr.io/roadrunner-server/roadrunner:\(Release.testedVersion) AS roadrunner"
            ""
            "FROM swift:6.2-bookworm-slim"
            if choices.encrypts { "RUN apt-get update && apt-get install -y libsodium23 && rm -rf /var/lib/apt/lists/*" }
            "WORKDIR /app"
            "COPY --from=roadrunner /usr/bin/rr /usr/local/bin/rr"
            "COPY --from=build /app/App ./App"
            "COPY .rr.yaml ./"
            if choices.keepsFiles {
                "# Persistent files: -v data:/app/var"
                "RUN useradd --system --no-create-home app && mkdir var && chown app var"
                "VOLUME /app/var"
            } else {
                "RUN useradd --system --no-create-home app"
            }
            "USER app"
            "ENV APP_BINARY=/app/App HTTP_HOST=0.0.0.0"
            "EXPOSE 8080"
            "CMD [\"rr\", \"serve\"]"
        }
    }

    static let dockerIgnore = """
        .build*
        .git
        .env
        bin
        var

        """

    static func compose(_ choices: ProjectChoices) -> String {
        let servers = choices.storages.filter { $0 == .redis || $0 == .memcached }.map(\.rawValue)
        return String {
            "# `docker compose up --build`, then http://127.0.0.1:8080/"
            "services:"
            "  app:"
            "    build: ."
            "    # An init process, since RoadRunner does not reap orphaned processes."
            "    init: true"
            "    # Longer than endure.grace_period in .rr.yaml; Docker kills after 10 s otherwise."
            "    stop_grace_period: 40s"
            "    ports:"
            "      - \"8080:8080\""
            if choices.usesCentrifugo { "      - \"8000:8000\" # Centrifugo's websockets" }
            if !servers.isEmpty {
                "    environment:"
                for server in servers { "      \(server.uppercased())_ADDRESS: \(server):\(server == "redis" ? 6379 : 11211)" }
                "    depends_on:"
                for server in servers { "      - \(server)" }
            }
            if choices.keepsFiles {
                "    volumes:"
                "      - data:/app/var"
            }
            if choices.usesCentrifugo { Self.centrifugo }
            for server in servers {
                ""
                "  \(server):"
                "    image: \(server == "redis" ? "redis:7" : "memcached:1")"
            }
            if choices.keepsFiles {
                ""
                "volumes:"
                "  data:"
            }
        }
    }

    private static let centrifugo = [
        "",
        "  centrifugo:",
        "    image: centrifugo/centrifugo:v6",
        "    command: centrifugo --config /centrifugo/config.json",
        "    environment:",
        "      CENTRIFUGO_HTTP_SERVER_ADDRESS: 0.0.0.0",
        "    volumes:",
        "      - ./centrifugo.json:/centrifugo/config.json:ro",
        "    # They reach each other at 127.0.0.1, as without containers.",
        "    network_mode: \"service:app\"",
        "    depends_on:",
        "      - app",
        "    ulimits:",
        "      nofile: 65535",
    ]
}
