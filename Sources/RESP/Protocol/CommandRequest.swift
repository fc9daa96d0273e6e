/// What a caller sends, and waits for, as one.
enum CommandRequest: Sendable {
    /// Its outcome is its reply; an error reply is a failure.
    case single(RedisCommand)
    /// All from MULTI to EXEC. Its outcome is EXEC's reply; the failure is that of the first command refused.
    case transaction([RedisCommand])
    /// Its outcome is the array of all replies, errors among them.
    case pipeline(RedisBatch)

    /// How many replies it gets.
    var commandCount: Int {
        switch self {
        case .single: 1
        case .transaction(let commands): commands.count
        case .pipeline(let batch): batch.count
        }
    }

    var byteCount: Int {
        switch self {
        case .single(let command): command.byteCount
        case .transaction(let commands): commands.reduce(0) { $0 + $1.byteCount }
        case .pipeline(let batch): batch.bytes.count
        }
    }

    /// Appends its commands as they go over the wire: a single script by its digest where that is known, others as
    /// their source. Among several commands NOSCRIPT would come too late: what stands behind has been carried out.
    func encode(digests: [RedisScript: String], to output: inout [UInt8]) {
        switch self {
        case .single(let command):
            command.encode(digest: command.script.flatMap { digests[$0] }, to: &output)
        case .pipeline(let batch):
            output.append(contentsOf: batch.bytes)
        case .transaction(let commands):
            for command in commands { command.encode(digest: nil, to: &output) }
        }
    }

    /// The outcome of several commands, from as many replies.
    func outcome(of replies: [RESPValue]) -> Result<RESPValue, RedisError> {
        if case .pipeline = self { return .success(.array(replies)) }
        // The reason is the command that was refused, not the EXECABORT that follows from it.
        if let message = replies.lazy.compactMap(\.errorMessage).first { return .failure(.reply(message)) }
        return replies.last.map { .success($0) } ?? .failure(.unexpectedReply("none"))
    }
}
