import GRDB
import RoadRunner

/// Notes in a database.
@main
struct Notes: Kernel {
    private let database: ConnectionGuard<DatabaseQueue>

    init(_ boot: BootContext) async throws {
        let path = boot.configuration.string(forKey: "database.path") ?? "notes.sqlite"
        self.database = ConnectionGuard("notes") {
            let queue = try DatabaseQueue(path: path)
            try await queue.write { database in
                try database.execute(sql: "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            }
            return queue
        } check: { queue in
            _ = try await queue.read { database in try Int.fetchOne(database, sql: "SELECT 1") }
        } isConnectionError: { error in
            // Errors of the application, such as wrong SQL, do not mean that the connection is broken.
            guard let error = error as? DatabaseError else { return false }
            return [.SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        } close: { queue in
            try? queue.close()
        }
        let database = self.database
        // Before the worker reports ready, so the first request need not wait.
        boot.warmUp("notes") { try await database.connect() }
    }

    private struct Note: Codable, FetchableRecord, ResponseEncodable {
        let id: Int64
        let text: String
    }

    private struct NewNote: Decodable { let text: String }

    var workers: some Workers {
        let database = self.database
        let router = Router(context: BasicRoadRunnerRequestContext.self)
        router.get("notes") { _, _ in
            // Reading is idempotent: it can be repeated.
            try await database.withConnection(isIdempotent: true) { queue in
                try await queue.read { try Note.fetchAll($0, sql: "SELECT id, text FROM note ORDER BY id") }
            }
        }
        router.post("notes") { request, context in
            let note = try await request.decode(as: NewNote.self, context: context)
            return try await database.withConnection { queue in
                try await queue.write { database in
                    try database.execute(sql: "INSERT INTO note (text) VALUES (?)", arguments: [note.text])
                    return Note(id: database.lastInsertedRowID, text: note.text)
                }
            }
        }
        return HTTP(router)
    }
}
