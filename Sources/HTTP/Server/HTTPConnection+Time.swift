import Transport

/// What ends a connection by and by: time, and the end of its server.
extension HTTPConnection {
    func startTimer(_ delay: Duration, on loop: isolated EventLoop) {
        stopTimer(on: loop)
        timer = loop.schedule(self, after: delay)
    }

    func stopTimer(on loop: isolated EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    /// Sets the time for what an exchange waits for, where that is something else than before.
    func watch(_ exchange: HTTPExchange, on loop: isolated EventLoop) {
        let wait: ExchangeWait
        if case .streaming = exchange.output {
            wait = .stream
        } else {
            switch exchange.input {
            case .awaited, .dropped: wait = .body
            case .untouched, .complete: wait = .answer
            }
        }
        if wait == exchangeWait { return }
        exchangeWait = wait
        switch wait {
        case .body: extendBodyTime(on: loop)
        case .answer: startTimer(server.configuration.answerTimeout, on: loop)
        case .stream: startTimer(server.configuration.stallTimeout, on: loop)
        }
    }

    /// A part of the body has come, or is asked for: the next may take as long again, within the time of the whole.
    func extendBodyTime(on loop: isolated EventLoop) {
        exchangeWait = .body
        let left = loop.now.duration(to: bodyDeadline)
        startTimer(max(.zero, min(left, server.configuration.requestTimeout)), on: loop)
    }

    // MARK: The server's end

    /// The server is going to end: a connection between two requests ends now.
    func drain(on loop: isolated EventLoop) {
        // After the next look at what has come in: a request that has arrived already is answered.
        if case .idle = phase { startTimer(.zero, on: loop) }
    }

    /// The server goes down: a request under way gets an answer, everybody else is closed without a word.
    func shutDown(on loop: isolated EventLoop) {
        guard let connection else { return }
        switch phase {
        case .ending: return startTimer(Self.lastLingering, on: loop)
        case .exchange(let exchange):
            if case .streaming(let stream, _) = exchange.output { return stream.abort(on: loop) }
            return refuse("This server is going down.", on: loop)
        case .first, .idle, .request: break
        }
        if parser.isUnderWay { return refuse("This server is going down.", on: loop) }
        if connection.queuedByteCount > 0 { return finish(on: loop) }
        stopTimer(on: loop)
        connection.close(on: loop)
    }

    /// Ends the exchange under way, and the connection, with 503.
    private func refuse(_ words: String, on loop: isolated EventLoop) {
        if case .exchange(let exchange) = phase { exchange.end(.ended, on: loop) }
        send(.refusal(.serviceUnavailable, words), on: loop)
    }
}

extension HTTPConnection: TimerHandler {
    func timerFired(on loop: isolated EventLoop) {
        timer = nil
        switch phase {
        case .first, .request:
            server.meter.count { $0.slowRequests += 1 }
            if parser.isUnderWay { return send(HTTPError.timeout.response, on: loop) }
            // One that never began a request is closed without words.
            finish(within: Self.lingering, on: loop)
        case .idle:
            finish(within: Self.lingering, on: loop)
        case .exchange(let exchange):
            timeIsOver(for: exchange, on: loop)
        case .ending:
            // Who still reads an answer has the close timeout.
            guard let connection, connection.queuedByteCount == 0 else {
                return startTimer(Self.lastLingering, on: loop)
            }
            connection.close(on: loop)
        }
    }

    private func timeIsOver(for exchange: HTTPExchange, on loop: isolated EventLoop) {
        switch exchangeWait {
        case .body?, nil:
            server.meter.count { $0.slowRequests += 1 }
            fail(.timeout, on: loop)
        case .answer?:
            server.meter.count { $0.overdueAnswers += 1 }
            refuse("The answer took too long.", on: loop)
        case .stream?:
            guard let connection else { return }
            let timeout = server.configuration.stallTimeout
            if let progress = connection.lastProgress, progress.duration(to: loop.now) >= timeout {
                server.meter.count { $0.stalledStreams += 1 }
                return connection.close(on: loop)
            }
            startTimer(timeout, on: loop)
        }
    }
}
