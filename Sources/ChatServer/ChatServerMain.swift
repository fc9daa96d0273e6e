import RESP
import Transport
import Verify
import WebSocket

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@main
enum ChatServerMain {
    private static let endingSignals = [System.interrupt, System.terminate]
    /// By default they would end the process, but nobody who sends them means that: a terminal that closes, whoever has
    /// rotated logs or changed a configuration.
    private static let idleSignals = [System.hangUp: "SIGHUP", System.user1: "SIGUSR1", System.user2: "SIGUSR2"]

    static func main() {
        // Before any thread exists: each thread inherits the mask, so that the wait below gets every signal.
        System.blockSignals(endingSignals)
        let arguments = ProcessInfo.processInfo.arguments.dropFirst()
        if arguments.first == "verify" { VerifyMain.main(Array(arguments.dropFirst()), endingSignals: endingSignals) }
        System.blockSignals(Array(idleSignals.keys))
        let settings = readSettings()
        Log.level = settings.logLevel
        for warning in settings.warnings { Log.warning(warning) }
        let running = RunningServer(settings)
        Task.detached { await running.start() }
        waitForEndingSignal()
        Log.info("stopping; a second signal ends at once")
        Task.detached {
            await running.stop()
            System.exit(0)
        }
        waitForEndingSignal()
        System.exit(1)
    }

    private static func waitForEndingSignal() {
        while let name = idleSignals[System.waitForSignal(endingSignals + idleSignals.keys)] {
            Log.info("\(name): there is nothing to read again here; SIGTERM ends this server")
        }
    }

    private static func readSettings() -> Settings {
        let process = ProcessInfo.processInfo
        do throws(SettingsError) {
            let request = try Settings.read(
                arguments: Array(process.arguments.dropFirst()), environment: process.environment,
                cores: process.activeProcessorCount)
            switch request {
            case .run(let settings):
                return settings
            case .help(let text):
                System.writeStandard(1, Array(text.utf8))
                System.exit(0)
            }
        } catch {
            fail("\(error)", status: 2)
        }
    }

    static func fail(_ words: String, status: Int32 = 1) -> Never {
        System.writeStandard(2, Array("ChatServer: \(words)\n".utf8))
        System.exit(status)
    }
}
