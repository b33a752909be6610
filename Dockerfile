# The demo in a container: RoadRunner and the program it starts.
#
#     docker build -t roadrunner-swift-demo .
#     docker run --rm -p 8080:8080 roadrunner-swift-demo

FROM swift:6.2-bookworm AS build
RUN apt-get update && apt-get install -y libsodium-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY Examples Examples
RUN swift build --package-path Examples -c release --static-swift-stdlib --product Demo \
    && install -D "$(swift build --package-path Examples -c release --static-swift-stdlib --show-bin-path)/Demo" /app/Demo \
    && strip --strip-debug /app/Demo

FROM ghcr.io/roadrunner-server/roadrunner:2025.1 AS roadrunner

FROM swift:6.2-bookworm-slim
RUN apt-get update && apt-get install -y libsodium23 tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=roadrunner /usr/bin/rr /usr/local/bin/rr
COPY --from=build /app/Demo ./Demo
COPY .rr.yaml ./
COPY Examples/Demo/Public ./public
# The vault and its key: keep them with `-v vault:/app/var`.
RUN useradd --system --no-create-home app && mkdir var && chown app var
ENV VAULT_DB=/app/var/vault.db
VOLUME /app/var
USER app
ENV DEMO_BINARY=/app/Demo DEMO_FILES=/app/public HTTP_HOST=0.0.0.0
EXPOSE 8080
# RoadRunner does not reap processes that are not its own, such as the host of a shared pool, whose slots exit before it.
ENTRYPOINT ["tini", "--"]
CMD ["rr", "serve"]
