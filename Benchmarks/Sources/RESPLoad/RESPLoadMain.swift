import Foundation

/// Sends commands, or decodes replies, for some time, and prints one line of JSON: what was done, and the CPU it took.
@main
enum RESPLoadMain {
    static func main() async {
        do {
            let options = try RESPLoadOptions(Array(CommandLine.arguments.dropFirst()))
            let report =
                switch options.work {
                case .commands(let way): try await CommandLoad(options, way: way).run()
                case .decoding(let kind): try await DecodingLoad(options, kind: kind).run()
                }
            let json = try JSONSerialization.data(withJSONObject: report, options: .sortedKeys)
            print(String(decoding: json, as: UTF8.self))
        } catch {
            FileHandle.standardError.write(Data("RESPLoad: \(error)\n".utf8))
            exit(1)
        }
    }
}
