/// `centrifugo.json` of a new project.
enum CentrifugoTemplate {
    static let configuration = """
        {
          "http_server": { "address": "127.0.0.1", "port": 8000 },
          "client": {
            "allowed_origins": ["*"],
            "proxy": {
              "connect": { "enabled": true, "endpoint": "grpc://127.0.0.1:30000", "timeout": "3s", "http_headers": ["Cookie", "Authorization"] }
            }
          },
          "rpc": {
            "proxy": { "endpoint": "grpc://127.0.0.1:30000", "timeout": "3s" },
            "without_namespace": { "proxy_enabled": true }
          },
          "channel": {
            "proxy": {
              "subscribe": { "endpoint": "grpc://127.0.0.1:30000", "timeout": "3s" },
              "publish": { "endpoint": "grpc://127.0.0.1:30000", "timeout": "3s" }
            },
            "namespaces": [
              { "name": "chat", "subscribe_proxy_enabled": true, "publish_proxy_enabled": true, "presence": true }
            ]
          },
          "grpc_api": { "enabled": true, "address": "127.0.0.1", "port": 10000 }
        }

        """
}
