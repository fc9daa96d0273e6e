/// Looks names up, one after the other, on one thread: `getaddrinfo` blocks, for half a minute where no server answers.
///
/// The thread is made with the first group of event loops, when there is room for it, and serves the whole process. Who
/// asks for a name that is asked for already waits for the same answer.
final class ResolverThread: @unchecked Sendable {  // What changes is touched under the monitor's lock alone.
    typealias Answer = Result<[SocketAddress], SystemError>

    private struct Question: Hashable {
        let host: String
        let port: UInt16
    }

    static let shared = ResolverThread { host, port in
        Result { () throws(SystemError) in try System.resolve(host: host, port: port) }
    }

    /// So many may wait for an answer at once; one more is refused.
    static let limit = 1_024

    private let lookUp: @Sendable (String, UInt16) -> Answer
    private let monitor = System.Monitor()
    private var questions: [Question] = []
    private var waiting: [Question: [@Sendable (Answer) -> Void]] = [:]
    private var waiterCount = 0
    private var hasThread = false

    init(_ lookUp: @escaping @Sendable (String, UInt16) -> Answer) { self.lookUp = lookUp }

    /// Makes the thread, unless it is there.
    /// - Throws: `SystemError` when there can be none just now. The next call, or question, tries again.
    func start() throws(SystemError) {
        monitor.lock()
        defer { monitor.unlock() }
        if hasThread { return }
        try System.Thread { [self] in run() }.detach()
        hasThread = true
    }

    /// - Parameter completion: called on the thread, or at once where the question can't be taken. It must not block.
    func ask(_ host: String, port: UInt16, completion: @escaping @Sendable (Answer) -> Void) {
        do throws(SystemError) {
            try start()
        } catch {
            return completion(.failure(error))
        }
        monitor.lock()
        let isFull = waiterCount >= Self.limit
        if !isFull {
            let question = Question(host: host, port: port)
            if waiting[question] == nil { questions.append(question) }
            waiting[question, default: []].append(completion)
            waiterCount += 1
            monitor.wakeAll()
        }
        monitor.unlock()
        if isFull { completion(.failure(.resolverBusy)) }
    }

    private func run() {
        System.blockAllSignals()
        while true {
            monitor.lock()
            while questions.isEmpty { monitor.wait(for: nil) }
            let question = questions.removeFirst()
            monitor.unlock()
            let answer = lookUp(question.host, question.port)
            monitor.lock()
            let waiters = waiting.removeValue(forKey: question) ?? []
            waiterCount -= waiters.count
            monitor.unlock()
            for waiter in waiters { waiter(answer) }
        }
    }
}
