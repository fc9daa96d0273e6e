/// What Redis does when its memory is full, as far as it is known; tells when there is something to warn of. Pure.
///
/// All keys of the chat expire some day, so a `volatile` policy evicts them as an `allkeys` one does.
package struct EvictionPolicy {
    private var known: String?

    /// - Parameter info: what INFO memory answered. A Redis that doesn't tell is not warned of.
    /// - Returns: a line for the log where the policy is another than before and evicts.
    mutating func observe(_ info: String) -> String? {
        guard let policy = RedisServerInfo.value("maxmemory_policy", in: info), policy != known else { return nil }
        known = policy
        if policy == "noeviction" { return nil }
        let choice =
            switch policy {
            case _ where policy.hasPrefix("allkeys"): "any key"
            case "volatile-ttl": "what expires soonest (receipts and members, then rooms)"
            default: "keys that expire, which all of the chat's do"
            }
        return "maxmemory-policy is \(policy): a full Redis forgets \(choice); set noeviction"
    }
}
