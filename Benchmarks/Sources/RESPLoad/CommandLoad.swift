import RESP

/// Commands to a server, a number of them in flight, until the time is over.
struct CommandLoad {
    enum Way: String {
        /// From any thread: one call with all the commands; where there is one, its typed call.
        case pipeline
        /// The same from a task that prefers the client's own loop.
        case loop
        /// A task for each command, from any thread.
        case tasks
        /// A task for each command, all of which prefer the client's own loop.
        case loopTasks = "loop-tasks"
    }

    private let options: RESPLoadOptions
    private let way: Way
    private let stopwatch: Stopwatch

    init(_ options: RESPLoadOptions, way: Way) {
        self.options = options
        self.way = way
        stopwatch = Stopwatch(options.time)
    }

    func run() async throws -> [String: Double] {
        let group = try EventLoopGroup(count: 1)
        let client = RedisClient(RedisConfiguration(port: options.port), on: group.next())
        _ = try await client.connection(within: .seconds(5))
        // GET is to find what it asks for.
        try await LoadCommand.set.call(client, number: 0)
        let report =
            switch way {
            case .pipeline: try await measure(client)
            case .loop: try await withTaskExecutorPreference(client.executor) { try await measure(client) }
            case .tasks: try await measureTasks(client)
            case .loopTasks:
                try await withTaskExecutorPreference(client.executor) { try await measureTasks(client) }
            }
        await client.close()
        return report
    }

    @concurrent private func measure(_ client: RedisClient) async throws -> [String: Double] {
        try await stopwatch.measure {
            if options.depth == 1 { try await calls(client) } else { try await pipeline(client) }
        }
    }

    @concurrent private func measureTasks(_ client: RedisClient) async throws -> [String: Double] {
        try await stopwatch.measure { try await tasks(client) }
    }

    private func calls(_ client: RedisClient) async throws -> Int {
        for number in 0..<64 { try await options.command.call(client, number: number) }
        return 64
    }

    private func pipeline(_ client: RedisClient) async throws -> Int {
        var batch = RedisBatch()
        for number in 0..<options.depth { options.command.append(number: number, to: &batch) }
        let replies = try await client.pipeline(batch)
        for reply in replies { try options.command.check(reply) }
        return replies.count
    }

    private func tasks(_ client: RedisClient) async throws -> Int {
        let command = options.command
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<options.depth { group.addTask { try await command.call(client, number: number) } }
            try await group.waitForAll()
        }
        return options.depth
    }
}
