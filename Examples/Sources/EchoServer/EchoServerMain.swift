import Foundation
import WebSocket

/// The smallest sensible use of the library: a server in the foreground that ends in order.
///
/// ```
/// $ swift run EchoServer --port 0
/// listening on ws://127.0.0.1:41237/
/// ```
@main
enum EchoServerMain {
    static func main() async {
        do {
            let options = try EchoOptions(CommandLine.arguments.dropFirst())
            if options.wantsHelp { return print(EchoOptions.help) }
            try await serve(options)
        } catch {
            fail("\(error)", status: error is EchoOptions.Mistake ? 2 : 1)
        }
    }

    private static func serve(_ options: EchoOptions) async throws {
        let termination = try TerminationSignal()
        let group = try EventLoopGroup(count: ProcessInfo.processInfo.activeProcessorCount)
        let configuration = Echo.configuration(
            maxMessage: options.maxMessage, maxFragments: options.maxFragments, compresses: options.compresses)
        let server = WebSocketServer(configuration, handler: Echo(), on: group)
        let addresses = try await Resolver.addresses(of: options.host, port: options.port)
        let address = try await server.listen(on: addresses[0])
        print("listening on ws://\(address)/")
        // Whoever reads this through a pipe gets it now.
        fflush(nil)

        await termination.wait()
        await server.shutDown(.goingAway, reason: "the server ends")
        await group.shutDown()
    }

    private static func fail(_ words: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("EchoServer: \(words)\n".utf8))
        exit(status)
    }
}
