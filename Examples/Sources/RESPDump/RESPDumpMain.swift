import RESP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Shows what a peer sent: each line of standard input is hex chunks, each line of output the values they hold.
///
/// ```
/// $ echo '2b4f 4b0d0a3a35' | swift run RESPDump
/// | +4f4b | MORE
/// ```
@main
enum RESPDumpMain {
    static func main() {
        while let line = readLine() {
            var dump = RESPDump.line(ofChunks: line.utf8)
            dump.append(UInt8(ascii: "\n"))
            guard emit(dump) else { exit(EXIT_FAILURE) }
        }
    }

    /// Writes at once, unbuffered, for whoever asks line by line; `false` when nobody reads any more.
    private static func emit(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }
}
