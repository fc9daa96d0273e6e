import RESP
import Testing
import WebSocket

@testable import ChatServer
@testable import Rooms

@Suite("Secrets")
struct SecretHolderTests {
    @Test("no token, session or setting shows what it keeps, whatever is printed of it")
    func printed() throws {
        let secret = "s3cr3tS3cr3tS3cr3t"
        let token = MemberToken(socket: "ada", secret: secret)
        let session = StoredSession(secret: secret, member: ModelRoom.member("ada"))
        var settings = Settings(cores: 1)
        settings.redis = try RedisConfiguration(url: "redis://bob:\(secret)@host")
        let holders: [Any] = [token, [token], Optional(token) as Any, session, ["key": session], settings]
        for holder in holders {
            var dumped = ""
            dump(holder, to: &dumped)
            for text in ["\(holder)", String(reflecting: holder), dumped] {
                #expect(!text.contains(secret), "\(text)")
            }
        }
        #expect("\(token)" == "the token of ada" && token.text == "ada.\(secret)")
    }
}
