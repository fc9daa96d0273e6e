/// What a caller sends, and waits for, as one.
enum CommandRequest: Sendable {
    /// Its outcome is its reply; an error reply is a failure.
    case single(RedisCommand)
    /// SCRIPT LOAD, which the pipeline adds by itself; nobody waits for its outcome.
    case load(RedisScript)
    /// All from MULTI to EXEC. Its outcome is EXEC's reply; the failure is that of the first command refused.
    case transaction(RedisBatch)
    /// Its outcome is the array of all replies, errors among them.
    case pipeline(RedisBatch)

    /// How many replies it gets.
    var replyCount: Int {
        switch self {
        case .single, .load: 1
        case .transaction(let batch), .pipeline(let batch): batch.replyCount
        }
    }

    var byteCount: Int {
        switch self {
        case .single(let command): command.byteCount
        case .load(let script): script.source.utf8.count
        case .transaction(let batch), .pipeline(let batch): batch.bytes.count
        }
    }

    /// The script that it runs, or loads. Batches load theirs themselves.
    var script: RedisScript? {
        switch self {
        case .single(let command): command.script
        case .load(let script): script
        case .transaction, .pipeline: nil
        }
    }

    /// Whether Redis may hold its reply back without being busy. Not for every command: a batch is read again for it.
    var isBlocking: Bool {
        switch self {
        case .single(let command): command.name.map(BlockingCommands.contains) ?? false
        case .pipeline(let batch): BlockingCommands.isAny(in: batch.bytes)
        // Between MULTI and EXEC nothing blocks.
        case .load, .transaction: false
        }
    }

    /// Appends its commands as they go over the wire.
    func encode(to output: inout [UInt8]) {
        switch self {
        case .single(let command): command.encode(to: &output)
        case .load(let script): script.loadCommand.encode(to: &output)
        case .transaction(let batch), .pipeline(let batch): output.append(contentsOf: batch.bytes)
        }
    }

    /// The outcome of several commands, from as many replies.
    func outcome(of replies: [RESPValue]) -> Result<RESPValue, RedisError> {
        switch self {
        case .single, .load:
            return replies.last.map { .success($0) } ?? .failure(.unexpectedReply("none"))
        case .pipeline(let batch):
            return .success(.array(batch.replies(from: replies)))
        case .transaction(let batch):
            let replies = batch.replies(from: replies)
            // The reason is the command that was refused, not the EXECABORT that follows from it.
            if let message = replies.lazy.compactMap(\.errorMessage).first { return .failure(.reply(message)) }
            return replies.last.map { .success($0) } ?? .failure(.unexpectedReply("none"))
        }
    }
}
