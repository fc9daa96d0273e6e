import RESP
import Transport

/// `ChatServer verify`: breaks a deployment while clients talk, and judges it by the promises of PROTOCOL.md.
package enum VerifyMain {
    /// Ends the process: with 0 when every promise was kept, 1 when one was broken, 2 when the run could not be made, and 130
    /// when it was abandoned.
    /// - Parameters:
    ///   - arguments: what follows `verify`.
    ///   - endingSignals: blocked by the caller; the first abandons the run and cleans up, the second ends at once.
    package static func main(_ arguments: [String], endingSignals: [Int32]) -> Never {
        let options: VerifyOptions
        do throws(VerifyError) {
            switch try VerifyOptions.read(arguments) {
            case .run(let given): options = given
            case .help(let text):
                write(text)
                System.exit(0)
            }
        } catch {
            fail("\(error)", status: 2)
        }
        System.raiseDescriptorLimit()
        let abandoned = Locked<(@Sendable () async -> Void)?>(nil)
        Task.detached { await run(options, abandoned) }
        _ = System.waitForSignal(endingSignals)
        // The children end with this process, but not the data.
        Task.detached {
            await abandoned.withLock { $0 }?()
            System.exit(130)
        }
        _ = System.waitForSignal(endingSignals)
        System.exit(130)
    }

    private static func run(
        _ options: VerifyOptions, _ abandoned: Locked<(@Sendable () async -> Void)?>
    ) async {
        do {
            let group = try EventLoopGroup(count: 1)
            System.exit(try await run(options, abandoned, on: group.loops[0]))
        } catch {
            fail("\(error)", status: 2)
        }
    }

    private static func run(
        _ options: VerifyOptions, _ abandoned: Locked<(@Sendable () async -> Void)?>, on loop: isolated EventLoop
    ) async throws -> Int32 {
        let run = try VerifyRun(options, on: loop)
        let box = LoopBound(run, on: loop)
        abandoned.withLock { $0 = { await cleanUp(box, on: box.loop) } }
        do {
            let (record, verdict) = try await run.run(write, on: loop)
            await run.cleanUp(on: loop)
            write(Report.text(record, verdict, seed: options.seed, settledAfter: run.settledAfter))
            return verdict.violations.isEmpty ? 0 : 1
        } catch {
            await run.cleanUp(on: loop)
            throw error
        }
    }

    private static func cleanUp(_ box: LoopBound<VerifyRun>, on loop: isolated EventLoop) async {
        await box.open(on: loop).cleanUp(on: loop)
    }

    private static func fail(_ words: String, status: Int32) -> Never {
        System.writeStandard(2, Array("ChatServer: \(words)\n".utf8))
        System.exit(status)
    }

    private static func write(_ text: String) { System.writeStandard(1, Array(text.utf8)) }
}
