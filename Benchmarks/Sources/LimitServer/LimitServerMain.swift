import CEpoll
import Foundation

/// What nothing can beat: a broadcast in bare system calls. It encodes a message once, and calls `send` for each
/// recipient: once a message (`each`), or once for all messages of a turn of its loop (`tick`). Nothing is checked, nothing
/// is bounded, and a recipient that doesn't keep up is an error.
///
/// LimitServer PORT each|tick
@main
enum LimitServerMain {
    static func main() {
        let arguments = CommandLine.arguments
        let port = UInt16(arguments.dropFirst().first ?? "0") ?? 0
        LimitServer(gathers: arguments.last == "tick").run(port: port)
    }
}

private final class LimitServer {
    private let gathers: Bool
    private let poller = epoll_create1(0)
    private var peers: [Int32: Peer] = [:]
    private var order: [Int32] = []
    private var pending: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: 1 << 16)

    private struct Peer {
        var isOpen = false
        var rest: [UInt8] = []
    }

    init(gathers: Bool) { self.gathers = gathers }

    func run(port: UInt16) -> Never {
        signal(SIGPIPE, SIG_IGN)
        let listener = listen(port)
        watch(listener)
        var events = [epoll_event](repeating: epoll_event(), count: 1_024)
        while true {
            let count = epoll_wait(poller, &events, 1_024, -1)
            for event in events.prefix(max(0, Int(count))) {
                if event.data.fd == listener { acceptAll(listener) } else { read(event.data.fd) }
            }
            if !pending.isEmpty {
                sendToAll(pending)
                pending.removeAll(keepingCapacity: true)
            }
        }
    }

    private func listen(_ port: UInt16) -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, size) == 0, "the port is taken")
                precondition(Glibc.listen(listener, 4_096) == 0)
                getsockname(listener, $0, &size)
            }
        }
        print("listening on 127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
        fflush(nil)
        return listener
    }

    private func watch(_ descriptor: Int32) {
        var event = epoll_event()
        event.events = UInt32(EPOLLIN.rawValue)
        event.data.fd = descriptor
        epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event)
    }

    private func acceptAll(_ listener: Int32) {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 { return }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
            peers[descriptor] = Peer()
            order.append(descriptor)
            watch(descriptor)
        }
    }

    private func read(_ descriptor: Int32) {
        let count = recv(descriptor, &input, input.count, 0)
        guard count > 0, var peer = peers[descriptor] else {
            close(descriptor)
            peers[descriptor] = nil
            order.removeAll { $0 == descriptor }
            return
        }
        peer.rest += input[..<count]
        if !peer.isOpen { open(descriptor, &peer) }
        if peer.isOpen { takeFrames(&peer) }
        peers[descriptor] = peer
    }

    /// The answer of RFC 6455 §1.3, for the one key that the load generator sends.
    private func open(_ descriptor: Int32, _ peer: inout Peer) {
        guard peer.rest.suffix(4).elementsEqual([13, 10, 13, 10]) else { return }
        let answer = """
            HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: Nd7aURAximIwTQ7GABSR/HQ/Ebc=\r\n\r\n
            """
        _ = Array(answer.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
        peer = Peer(isOpen: true, rest: [])
    }

    /// Text frames of 126 bytes to 64 kB, or shorter ones; anything else ends the process.
    private func takeFrames(_ peer: inout Peer) {
        var start = 0
        while peer.rest.count - start >= 6 {
            let short = Int(peer.rest[start + 1] & 0x7F)
            precondition(short < 127)
            let header = short == 126 ? 8 : 6
            if peer.rest.count - start < header { break }
            let length = short == 126 ? Int(peer.rest[start + 2]) << 8 | Int(peer.rest[start + 3]) : short
            if peer.rest.count - start < header + length { break }
            let key = start + header - 4
            var frame: [UInt8] = [peer.rest[start]]
            frame.reserveCapacity(length + 4)
            if short == 126 {
                frame += [126, UInt8(length >> 8), UInt8(length & 0xFF)]
            } else {
                frame.append(UInt8(short))
            }
            for index in 0..<length { frame.append(peer.rest[start + header + index] ^ peer.rest[key + (index & 3)]) }
            if frame[0] & 0x0F == 1 { if gathers { pending += frame } else { sendToAll(frame) } }
            start += header + length
        }
        peer.rest.removeFirst(start)
    }

    private func sendToAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            for descriptor in order {
                let sent = send(descriptor, bytes.baseAddress, bytes.count, 0)
                precondition(sent == bytes.count || errno == EPIPE || errno == ECONNRESET, "a recipient is too slow")
            }
        }
    }
}
