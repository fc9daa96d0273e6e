import RESP

/// What changes a room runs inside Redis, as one step: number, keep, trim, publish.
///
/// JSON is joined from pieces, not encoded by Lua's cjson, which would rewrite numbers and empty arrays.
package enum RoomScripts {
    /// ARGV 7: 'again' where what the caller knows is not what is found here, whatever the numbers say. Makes the room, or
    /// its epoch for a new run of Redis, and nothing else.
    static let mend = RedisScript(
        prologue + """
            if ARGV[7] == 'again' and epoch == knownEpoch then begin('', '0') end
            return epoch

            """)

    /// Keeps what an empty room without messages still has for some minutes, else for as long as anything of it.
    private static let rest = """
        local function rest()
          if seq == '0' and redis.call('EXISTS', members) == 0 then redis.call('EXPIRE', meta, minutes) end
        end

        """

    /// KEYS 4: sent. ARGV 7–9: the message's pieces; 10: retention; 11: how long the send is repeatable, in seconds.
    ///
    /// The thorough one: see `quickSend`, which does most of the work.
    ///
    /// A receipt counts where the message with its number is the one that was sent; where that one is no longer kept, where
    /// its epoch is this one, or the one before it and its number is known to have been carried over.
    static let send = RedisScript(
        prologue + """
            local sent = KEYS[4]
            if holds(sent, 'string') then
              local known = redis.call('GET', sent)
              if known then
                local place, at = string.match(known, '^([%w_-]+):(%d+)$')
                if at and counts(at) and tonumber(at) <= tonumber(seq) then
                  local lasts = place == epoch or (place == prev and counts(base) and tonumber(at) <= tonumber(base))
                  local kept = redis.call('ZRANGE', messages, at, at, 'BYSCORE')
                  local head, writer = ARGV[7] .. at .. ARGV[8], string.match(ARGV[9], '^,"socket":"[^"]*",') or ARGV[9]
                  for _, message in ipairs(kept) do
                    local tail = string.match(string.sub(message, #head + 1), '^%d+(.*)$')
                    if string.sub(message, 1, #head) == head and tail and string.sub(tail, 1, #writer) == writer then
                      return lasts and known or epoch .. ':' .. at
                    end
                  end
                  if lasts and #kept == 0 then return known end
                end
              end
            end
            seq = number(redis.call('HINCRBY', meta, 'seq', 1))
            local message = ARGV[7] .. seq .. ARGV[8] .. now() .. ARGV[9]
            -- By score, not by rank: what stands above the newest number is junk, and must not hide history.
            redis.call('ZREMRANGEBYSCORE', messages, seq, '+inf')
            redis.call('ZADD', messages, seq, message)
            redis.call('ZREMRANGEBYSCORE', messages, '-inf', number(tonumber(seq) - tonumber(ARGV[10])))
            redis.call('EXPIRE', messages, month)
            redis.call('EXPIRE', meta, month)
            local place = epoch .. ':' .. seq
            redis.call('SET', sent, place, 'EX', ARGV[11])
            redis.call('PUBLISH', channel,
              '{"topic":"messages","epoch":"' .. epoch .. '","data":' .. message .. '}')
            return place

            """)

    /// KEYS 4: session. ARGV 7: socket; 8: server; 9: the member's JSON up to its time; 10: what follows the time in
    /// the store; 11: secret; 12: this attempt's name; 13: what a later version has added to the member; 14: when the
    /// connection was opened, by this clock, or nothing; 15: the time from which that was reckoned. Where it isn't that time here, since the clock was set or the call was long on its
    /// way, nothing is done: the answer says what time it is.
    ///
    /// Who is in the roster already is taken over: no join is shown, and the server that held it is told (`_moved`).
    /// The generation counts on from the session's, so that nothing an older attachment still does can hurt this one. It
    /// is never below the clock, so that this holds as well when the store has lost the session.
    ///
    /// A connection that comes after one opened later was left behind: it gets nothing. The latest time is kept; one ahead
    /// of this clock, which may have been put back, says nothing.
    static let attach = RedisScript(
        prologue + """
            local session, socket, attempt, opened, asked = KEYS[4], ARGV[7], ARGV[12], ARGV[14], ARGV[15]
            holds(session, 'hash')
            local field, holder, generation = standing(socket)
            local known = redis.call('HMGET', session, 'generation', 'attempt', 'opened')
            local kind = 'again'
            if not (field and known[2] == attempt) then
              local latest, tolerance = known[3], \(RedisClock.tolerance.milliseconds)
              if counts(opened) and math.abs(tonumber(now()) - tonumber(asked)) > tolerance then
                return 'clock:' .. now()
              end
              if counts(latest) and tonumber(latest) <= tonumber(now()) + tolerance then
                if counts(opened) and tonumber(latest) > tonumber(opened) + tolerance then return 'superseded' end
                if not counts(opened) or tonumber(latest) > tonumber(opened) then opened = latest end
              end
              local last = math.max(tonumber(generation or '0'), counts(known[1]) and tonumber(known[1]) or 0)
              generation = number(math.max(last + 1, tonumber(now())))
              local tail = ARGV[10] .. generation .. '}'
              local public
              if field and holder then
                kind = 'moved'
                public = string.match(field, '^(.*),"server":"[%w_-]*","generation":%d+}$') .. '}'
              else
                kind = 'joined'
                public = ARGV[9] .. now() .. ARGV[13] .. '}'
              end
              field = string.sub(public, 1, -2) .. tail
              redis.call('HSET', members, socket, field)
              redis.call('HSET', session,
                'secret', ARGV[11], 'member', public, 'generation', generation, 'attempt', attempt, 'opened', opened)
              if kind == 'joined' then
                announce('member_add', public)
              else
                announce('_moved', '{"socket":"' .. socket .. '"' .. tail)
              end
            end
            redis.call('EXPIRE', session, day)
            redis.call('EXPIRE', members, day)
            redis.call('EXPIRE', meta, lifetime())
            return {epoch, rev, field, kind}

            """)

    /// KEYS 4: session. ARGV 7: socket; 8: server; 9: generation; 10: the member's JSON; 11: the field's; 12: secret.
    ///
    /// Puts a member back whom a sweep, or a Redis that lost its data, took away, and its session: only where nobody newer
    /// stands.
    static let putBack = RedisScript(
        prologue + """
            local session, socket, mine = KEYS[4], ARGV[7], tonumber(ARGV[9])
            holds(session, 'hash')
            local field, holder, generation = standing(socket)
            local known = redis.call('HGET', session, 'generation')
            if (generation and tonumber(generation) > mine) or (counts(known) and tonumber(known) > mine) then
              return 'taken'
            end
            local stands = field and holder == ARGV[8] and tonumber(generation) == mine
            if not stands or known ~= ARGV[9] then
              redis.call('HSET', session, 'secret', ARGV[12], 'member', ARGV[10], 'generation', ARGV[9])
              redis.call('EXPIRE', session, day)
            end
            if not stands then
              redis.call('HSET', members, socket, ARGV[11])
              redis.call('EXPIRE', members, day)
              redis.call('EXPIRE', meta, lifetime())
              if not holder then
                announce('member_add', ARGV[10])
              else
                -- Another server may believe that it has the member: an older copy of the roster says so.
                announce('_moved', '{"socket":"' .. socket .. '","server":"' .. ARGV[8] ..
                  '","generation":' .. ARGV[9] .. '}')
                if string.sub(field, 1, #ARGV[10] - 1) ~= string.sub(ARGV[10], 1, -2) then
                  announce('member_update', ARGV[10])
                end
              end
            end
            return 'present'

            """)

    /// ARGV from 7 on: dead servers. Takes their members out of the room, and what is no member at all.
    static let sweep = RedisScript(
        prologue + rest + """
            local dead = {}
            for index = 7, #ARGV do dead[ARGV[index]] = true end
            local fields = redis.call('HGETALL', members)
            local swept = 0
            for index = 1, #fields, 2 do
              local socket = fields[index]
              local field, server = standing(socket)
              if not server then
                redis.call('HDEL', members, socket)
              elseif dead[server] then
                redis.call('HDEL', members, socket)
                announce('member_delete', '"' .. socket .. '"')
                swept = swept + 1
              end
            end
            rest()
            return swept

            """)

    /// ARGV 7: socket; 8: server; 9: generation. Repeated, or for somebody who has moved, it changes nothing.
    static let leave = RedisScript(
        prologue + rest + """
            local socket = ARGV[7]
            local field, server, generation = standing(socket)
            if field and server == ARGV[8] and generation == ARGV[9] then
              redis.call('HDEL', members, socket)
              announce('member_delete', '"' .. socket .. '"')
            end
            rest()
            return rev

            """)

    /// KEYS 4: session. ARGV 7: socket; 8: server; 9: generation; 10: the member's JSON; 11: the field's.
    static let rename = RedisScript(
        prologue + """
            local session, socket = KEYS[4], ARGV[7]
            local field, server, generation = standing(socket)
            if field and server == ARGV[8] and generation == ARGV[9] and field ~= ARGV[11] then
              redis.call('HSET', members, socket, ARGV[11])
              if holds(session, 'hash') and redis.call('EXISTS', session) == 1 then
                redis.call('HSET', session, 'member', ARGV[10])
              end
              announce('member_update', ARGV[10])
            end
            return rev

            """)

    /// Keeps the room's roster for another day, and with it the numbers of a room without messages.
    static let renew = RedisScript(
        prologue + """
            redis.call('EXPIRE', members, day)
            if seq == '0' then redis.call('EXPIRE', meta, day) end
            return epoch

            """)

    /// KEYS 1: the leases. ARGV 1: this server; 2: how long its lease is, 3: how long an expired one is remembered, in
    /// milliseconds. The time, then every server and when its lease ended before this: of this server that is the one it
    /// wrote last, unless the data were lost or put back since.
    static let lease = RedisScript(
        """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local found = redis.call('TYPE', KEYS[1]).ok
        if found ~= 'zset' and found ~= 'none' then redis.call('DEL', KEYS[1]) end
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[3])))
        redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', now + 60 * tonumber(ARGV[2])), '+inf')
        local leases = redis.call('ZRANGE', KEYS[1], 0, 9999, 'WITHSCORES')
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
        redis.call('EXPIRE', KEYS[1], 86400)
        return {string.format('%.0f', now), leases}

        """)

    /// KEYS: a hash, a sorted set. ARGV 1: a channel.
    ///
    /// Does with keys of its own what the other scripts do with a room's, and leaves nothing: whoever can run it can join.
    /// An error names the command at its end.
    static let trial = RedisScript(
        """
        local hash, sorted = KEYS[1], KEYS[2]
        local commands = {
          {'TIME'}, {'TYPE', hash}, {'EXISTS', hash}, {'HSET', hash, 'seq', '0'}, {'HINCRBY', hash, 'seq', 1},
          {'HMGET', hash, 'seq', 'rev'}, {'HGET', hash, 'seq'}, {'HGETALL', hash}, {'HDEL', hash, 'seq'},
          {'SET', hash, '1', 'EX', 60}, {'GET', hash}, {'ZADD', sorted, 1, 'message'},
          {'ZREMRANGEBYSCORE', sorted, '-inf', 0}, {'EXPIRE', sorted, 60}, {'DEL', hash}, {'DEL', sorted},
          {'PUBLISH', ARGV[1], 'trial'},
        }
        for _, command in ipairs(commands) do
          local reply = redis.pcall(unpack(command))
          if type(reply) == 'table' and reply.err then
            redis.pcall('DEL', hash)
            redis.pcall('DEL', sorted)
            return redis.error_reply(reply.err .. ' (' .. string.lower(command[1]) .. ')')
          end
        end
        return 'ok'

        """)

    static let all = usual + debugging

    private static let usual = [mend, send, quickSend, attach, putBack, leave, rename, sweep, renew, lease, trial]

    private static var debugging: [RedisScript] {
        #if DEBUG
            [later]
        #else
            []
        #endif
    }
}
