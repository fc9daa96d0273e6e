import RESP

extension RoomScripts {
    /// KEYS: meta, messages, sent. ARGV 1: run; 2: channel; 3–5: what the caller has shown of the room: epoch, seq and rev;
    /// 6, 7: the message's pieces after its number; 8: how long the send is repeatable, in seconds; 9: retention.
    ///
    /// What `send` does, where nothing has to be mended or kept for longer: a message costs Redis a good half as much.
    /// Where anything isn't as it mostly is (another epoch, numbers that are none or lower than those shown, a send that has a
    /// receipt, messages that are lost or of another type) it changes nothing and answers nothing, and `send` is asked.
    static let quickSend = RedisScript(
        """
        local meta, messages, sent = KEYS[1], KEYS[2], KEYS[3]
        local was = redis.pcall('HMGET', meta, 'run', 'epoch', 'seq', 'rev', 'format')
        local epoch, seq, rev = ARGV[3], was[3], was[4]
        if was[1] ~= ARGV[1] or was[2] ~= epoch or not seq or not rev then return false end
        if was[5] and was[5] ~= '\(RoomFormat.current)' then return false end
        if #seq > 13 or not string.find(seq, '^[1-9]%d*$') or tonumber(seq) < tonumber(ARGV[4]) then return false end
        if rev ~= ARGV[5] then
          if #rev > 15 or not string.find(rev, '^%d+$') or tonumber(rev) < tonumber(ARGV[5]) then return false end
        end
        if redis.call('EXISTS', messages) == 0 then return false end
        seq = tostring(seq + 1)
        local place = epoch .. ':' .. seq
        if not redis.call('SET', sent, place, 'EX', ARGV[8], 'NX') then return false end
        local time = redis.call('TIME')
        local message = '{"seq":' .. seq .. ARGV[6] .. time[1] .. string.sub(1000000 + time[2], 2, 4) .. ARGV[7]
        if type(redis.pcall('ZADD', messages, seq, message)) ~= 'number' then
          redis.call('DEL', sent)
          return false
        end
        if tonumber(seq) > tonumber(ARGV[9]) then
          redis.call('ZREMRANGEBYSCORE', messages, '-inf', tostring(seq - ARGV[9]))
        end
        redis.call('HINCRBY', meta, 'seq', 1)
        redis.call('PUBLISH', ARGV[2], '{"topic":"messages","epoch":"' .. epoch .. '","data":' .. message .. '}')
        return place

        """)
}
