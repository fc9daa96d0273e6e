package import Transport

/// What a server has on one loop: its connections there.
package final class HTTPServerLoop {
    /// How near the server is to its end.
    enum Stage {
        case serving
        /// Every response closes its connection, and no connection waits for another request.
        case draining
        /// Every connection ends.
        case closing
    }

    let configuration: HTTPConfiguration
    let handler: any HTTPHandler
    let upgraders: [any HTTPUpgrader]
    let meter: HTTPMeter
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var dateSecond: Int64 = -1
    private var dateText = ""
    private(set) var stage = Stage.serving
    /// Tasks that answer requests, those included that go on though their answer is no longer wanted.
    private var taskCount = 0
    private var emptied: [() -> Void] = []

    init(
        configuration: HTTPConfiguration, handler: any HTTPHandler, upgraders: [any HTTPUpgrader], meter: HTTPMeter
    ) {
        (self.configuration, self.handler, self.upgraders, self.meter) = (configuration, handler, upgraders, meter)
    }

    /// The value of the Date field, made anew once a second at most.
    var date: String {
        let second = System.secondsSince1970
        if second != dateSecond { (dateSecond, dateText) = (second, HTTPDate.text(secondsSince1970: second)) }
        return dateText
    }

    /// Starts a task that stays on this loop; nil where there are too many already.
    func startTask(on loop: isolated EventLoop, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never>? {
        guard taskCount < configuration.maximumTasks else { return nil }
        taskCount += 1
        let box = LoopBound(self, on: loop)
        return Task(executorPreference: loop.taskExecutor) {
            await body()
            box.loop.submit { loop in box.open(on: loop).taskCount -= 1 }
        }
    }

    func began(_ connection: HTTPConnection) { connections[ObjectIdentifier(connection)] = connection }

    /// The connection is closed, or has changed its protocol.
    func ended(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = nil
        tellIfEmpty()
    }

    private func tellIfEmpty() {
        guard connections.isEmpty else { return }
        let waiting = emptied
        emptied = []
        for resume in waiting { resume() }
    }

    /// Calls `done` when there is no connection any more that speaks HTTP.
    func whenEmpty(_ done: @escaping () -> Void) {
        emptied.append(done)
        tellIfEmpty()
    }

    func startDraining(on loop: isolated EventLoop) {
        guard stage == .serving else { return }
        stage = .draining
        for connection in Array(connections.values) { connection.drain(on: loop) }
    }

    func shutDown(on loop: isolated EventLoop) {
        stage = .closing
        endAll(on: loop)
    }

    /// Ends every connection; new ones are served as before.
    package func endAll(on loop: isolated EventLoop) {
        for connection in Array(connections.values) { connection.shutDown(on: loop) }
    }
}
