import HTTP
import TestSupport
import Testing

@Suite("Router")
struct RouterTests {
    private let router = Router<String>([
        .init("GET", "/", "root"), .init("GET", "/rooms/:room", "room"), .init("DELETE", "/rooms/:room", "leave"),
        .init("GET", "/rooms/lobby", "lobby"), .init("POST", "/rooms/:id/messages", "send"),
        .init("GET", "/files/*", "file"), .init("GET", "/files/index", "index"), .init("HEAD", "/head", "head"),
        .init("OPTIONS", "/own", "own"), .init("GET", "/own", "other"),
        .init("GET", "/ws", "socket", answersHEAD: false), .init("GET", "/:a/:b/:c", "three"),
    ])

    private func found(_ method: String, _ target: String) throws -> String {
        switch router.match(try request("\(method) \(target) HTTP/1.1", "Host: x")) {
        case .found(let target, let parameters):
            let named = ["room", "id", "a", "b", "c"].compactMap { name in parameters[name].map { "\(name)=\($0)" } }
            return ([target] + named + parameters.rest).joined(separator: " ")
        case .methodNotAllowed(let allowed): return "405 " + allowed.joined(separator: ",")
        case .options(let allowed): return "OPTIONS " + allowed.joined(separator: ",")
        case .notFound: return "404"
        }
    }

    @Test(
        "a path comes to its route, words before parameters and these before the rest",
        arguments: [
            ("/", "root"), ("/?x=/y", "root"), ("http://x", "root"), ("/rooms/lobby", "lobby"),
            ("/rooms/attic", "room room=attic"), ("/rooms/%6Cobby", "lobby"), ("/rooms/a%2Fb", "room room=a/b"),
            ("/files/index", "index"), ("/files/a/b", "file a b"), ("/files/", "file "),
            ("/x/y/z", "three a=x b=y c=z"),
        ])
    func paths(_ target: String, _ expected: String) throws {
        #expect(try found("GET", target) == expected)
    }

    @Test(
        "a path that no pattern matches to its end is 404",
        arguments: ["/rooms", "/rooms/", "/rooms/a/", "/rooms/a/b/c", "/files", "//", "/Rooms/a", "/x/y", "/.."])
    func missing(_ target: String) throws {
        for method in ["GET", "POST", "OPTIONS", "X"] { #expect(try found(method, target) == "404") }
    }

    @Test("a method that the path lacks is 405 with those that it has, each once")
    func methods() throws {
        #expect(try found("PUT", "/rooms/a") == "405 GET,HEAD,DELETE,OPTIONS")
        #expect(try found("GET", "/rooms/a/messages") == "405 POST,OPTIONS")
        #expect(try found("HEAD", "/rooms/a/messages") == "405 POST,OPTIONS")
        #expect(try found("get", "/") == "405 GET,HEAD,OPTIONS")
        #expect(try found("DELETE", "/rooms/lobby") == "405 GET,HEAD,OPTIONS", "the best pattern alone answers")
    }

    @Test("HEAD is answered as GET is, unless it has a route of its own")
    func head() throws {
        #expect(try found("HEAD", "/rooms/a") == "room room=a")
        #expect(try found("HEAD", "/head") == "head")
        #expect(try found("GET", "/head") == "405 HEAD,OPTIONS")
        #expect(try found("HEAD", "/ws") == "405 GET,OPTIONS")
    }

    @Test("OPTIONS follows from the table, for a path and for the server as a whole, unless it has a route of its own")
    func options() throws {
        #expect(try found("OPTIONS", "/rooms/a") == "OPTIONS GET,HEAD,DELETE,OPTIONS")
        #expect(try found("OPTIONS", "/own") == "own")
        #expect(try found("OPTIONS", "*").hasPrefix("OPTIONS GET,HEAD"))
        #expect(try found("GET", "*") == "404")
    }
}
