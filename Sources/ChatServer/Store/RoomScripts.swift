import RESP

/// What changes a room runs inside Redis, as one step: number, keep, trim, publish.
///
/// Scripts are not rolled back, so each begins by mending what it stands on: keys of the wrong type go, and so do
/// numbers that are none; then the epoch is a new one. JSON is joined from pieces, not encoded by Lua's cjson, which
/// would rewrite numbers and empty arrays.
enum RoomScripts {
    /// Every script's first keys and arguments: meta, messages, members; run id, a fresh epoch, channel.
    private static let prologue = """
        local meta, messages, members = KEYS[1], KEYS[2], KEYS[3]
        local run, fresh, channel = ARGV[1], ARGV[2], ARGV[3]
        local month, day = 2592000, 86400

        local function holds(key, kind)
          local found = redis.call('TYPE', key).ok
          if found == kind or found == 'none' then return true end
          redis.call('DEL', key)
          return false
        end

        local function counts(text)
          return type(text) == 'string' and #text <= 15 and string.match(text, '^%d+$') ~= nil
        end

        -- It is written into JSON as it is.
        local function names(text)
          return type(text) == 'string' and #text <= 64 and string.match(text, '^[%w_-]+$') ~= nil
        end

        local whole = holds(meta, 'hash')
        whole = holds(messages, 'zset') and whole
        local rosterWhole = holds(members, 'hash')
        local was = redis.call('HMGET', meta, 'run', 'epoch', 'seq', 'rev')
        local epoch, seq, rev = was[2], was[3], was[4]
        if not (whole and was[1] and names(epoch) and counts(seq) and counts(rev)) then
          redis.call('DEL', messages)
          seq = counts(seq) and seq or '0'
          rev = counts(rev) and rev or '0'
          epoch = fresh
          redis.call('HSET', meta, 'run', run, 'epoch', epoch, 'prev', '', 'base', '0', 'seq', seq, 'rev', rev)
          redis.call('EXPIRE', meta, month)
        elseif was[1] ~= run or not rosterWhole then
          -- No message is lost with it: whoever has seen no more than base goes on, and reads the roster.
          redis.call('HSET', meta, 'run', run, 'epoch', fresh, 'prev', epoch, 'base', seq)
          epoch = fresh
        end

        local function number(value) return string.format('%.0f', value) end

        local function now()
          local time = redis.call('TIME')
          return number(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
        end

        local function announce(topic, data)
          rev = number(redis.call('HINCRBY', meta, 'rev', 1))
          redis.call('PUBLISH', channel,
            '{"topic":"' .. topic .. '","epoch":"' .. epoch .. '","rev":' .. rev .. ',"data":' .. data .. '}')
        end

        local function standing(socket)
          local field = redis.call('HGET', members, socket)
          if not field then return nil end
          local server, generation = string.match(field, ',"server":"([%w_-]*)","generation":(%d+)}$')
          return field, server, generation
        end

        """

    /// Makes the room, or its epoch for a new run of Redis, and nothing else.
    static let mend = RedisScript(prologue + "return epoch\n")

    /// KEYS 4: sent. ARGV 4–6: the message's pieces; 7: retention; 8: how long the send is repeatable, in seconds.
    static let send = RedisScript(
        prologue + """
            local sent = KEYS[4]
            if holds(sent, 'string') then
              local known = redis.call('GET', sent)
              if known then return known end
            end
            seq = number(redis.call('HINCRBY', meta, 'seq', 1))
            local message = ARGV[4] .. seq .. ARGV[5] .. now() .. ARGV[6]
            -- By score, not by rank: what stands above the newest number is junk, and must not hide history.
            redis.call('ZREMRANGEBYSCORE', messages, seq, '+inf')
            redis.call('ZADD', messages, seq, message)
            redis.call('ZREMRANGEBYSCORE', messages, '-inf', number(tonumber(seq) - tonumber(ARGV[7])))
            redis.call('EXPIRE', messages, month)
            redis.call('EXPIRE', meta, month)
            local place = epoch .. ':' .. seq
            redis.call('SET', sent, place, 'EX', ARGV[8])
            redis.call('PUBLISH', channel,
              '{"topic":"messages","epoch":"' .. epoch .. '","data":' .. message .. '}')
            return place

            """)

    /// KEYS 4: session. ARGV 4: socket; 5: server; 6: the member's JSON up to its time; 7: what follows the time in
    /// the store; 8: secret; 9: this attempt's name; 10: when the connection was opened, by this clock, or nothing.
    ///
    /// Who is in the roster already is taken over: no join is shown, and the server that held it is told (`_moved`).
    /// The generation counts on from the session's, so that nothing an older attachment still does can hurt this one. It
    /// is never below the clock, so that this holds as well when the store has lost the session.
    ///
    /// A connection that comes after one opened later was left behind: it gets nothing. The latest time is kept; one ahead
    /// of this clock, which may have been put back, says nothing.
    static let attach = RedisScript(
        prologue + """
            local session, socket, server, attempt, opened = KEYS[4], ARGV[4], ARGV[5], ARGV[9], ARGV[10]
            holds(session, 'hash')
            local field, holder, generation = standing(socket)
            local known = redis.call('HMGET', session, 'generation', 'attempt', 'opened')
            local kind = 'again'
            if not (field and known[2] == attempt) then
              local latest, tolerance = known[3], \(RedisClock.tolerance.milliseconds)
              if counts(latest) and tonumber(latest) <= tonumber(now()) + tolerance then
                if counts(opened) and tonumber(latest) > tonumber(opened) + tolerance then return 'superseded' end
                if not counts(opened) or tonumber(latest) > tonumber(opened) then opened = latest end
              end
              local last = math.max(tonumber(generation or '0'), counts(known[1]) and tonumber(known[1]) or 0)
              generation = number(math.max(last + 1, tonumber(now())))
              local tail = ARGV[7] .. generation .. '}'
              local public
              if field and holder then
                kind = 'moved'
                public = string.match(field, '^(.*),"server":"[%w_-]*","generation":%d+}$') .. '}'
              else
                kind = 'joined'
                public = ARGV[6] .. now() .. '}'
              end
              field = string.sub(public, 1, -2) .. tail
              redis.call('HSET', members, socket, field)
              redis.call('HSET', session,
                'secret', ARGV[8], 'member', public, 'generation', generation, 'attempt', attempt, 'opened', opened)
              if kind == 'joined' then
                announce('member_add', public)
              else
                announce('_moved', '{"socket":"' .. socket .. '"' .. tail)
              end
            end
            redis.call('EXPIRE', session, day)
            redis.call('EXPIRE', members, day)
            redis.call('EXPIRE', meta, month)
            return {epoch, rev, field, kind}

            """)

    /// KEYS 4: session. ARGV 4: socket; 5: server; 6: generation; 7: the member's JSON; 8: the field's; 9: secret.
    ///
    /// Puts a member back whom a sweep, or a Redis that lost its data, took away: only where nobody newer stands.
    static let putBack = RedisScript(
        prologue + """
            local session, socket, mine = KEYS[4], ARGV[4], tonumber(ARGV[6])
            holds(session, 'hash')
            local field, holder, generation = standing(socket)
            local known = redis.call('HGET', session, 'generation')
            if (generation and tonumber(generation) > mine) or (counts(known) and tonumber(known) > mine) then
              return 'taken'
            end
            if not (field and holder == ARGV[5] and tonumber(generation) == mine) then
              redis.call('HSET', members, socket, ARGV[8])
              redis.call('HSET', session, 'secret', ARGV[9], 'member', ARGV[7], 'generation', ARGV[6])
              redis.call('EXPIRE', session, day)
              redis.call('EXPIRE', members, day)
              redis.call('EXPIRE', meta, month)
              if not field then
                announce('member_add', ARGV[7])
              else
                -- Another server may believe that it has the member: an older copy of the roster says so.
                announce('_moved', '{"socket":"' .. socket .. '","server":"' .. ARGV[5] ..
                  '","generation":' .. ARGV[6] .. '}')
                if string.sub(field, 1, #ARGV[7] - 1) ~= string.sub(ARGV[7], 1, -2) then
                  announce('member_update', ARGV[7])
                end
              end
            end
            return 'present'

            """)

    /// ARGV from 4 on: dead servers. Takes their members out of the room, and what is no member at all.
    static let sweep = RedisScript(
        prologue + """
            local dead = {}
            for index = 4, #ARGV do dead[ARGV[index]] = true end
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
            return swept

            """)

    /// ARGV 4: socket; 5: server; 6: generation. Repeated, or for somebody who has moved, it changes nothing.
    static let leave = RedisScript(
        prologue + """
            local socket = ARGV[4]
            local field, server, generation = standing(socket)
            if field and server == ARGV[5] and generation == ARGV[6] then
              redis.call('HDEL', members, socket)
              announce('member_delete', '"' .. socket .. '"')
            end
            return rev

            """)

    /// KEYS 4: session. ARGV 4: socket; 5: server; 6: generation; 7: the member's JSON; 8: the field's.
    static let rename = RedisScript(
        prologue + """
            local session, socket = KEYS[4], ARGV[4]
            local field, server, generation = standing(socket)
            if field and server == ARGV[5] and generation == ARGV[6] and field ~= ARGV[8] then
              redis.call('HSET', members, socket, ARGV[8])
              if holds(session, 'hash') and redis.call('EXISTS', session) == 1 then
                redis.call('HSET', session, 'member', ARGV[7])
              end
              announce('member_update', ARGV[7])
            end
            return rev

            """)

    /// KEYS 1: the leases. ARGV 1: this server; 2: how long its lease is, 3: how long an expired one is remembered, in
    /// milliseconds. The time, then every server and when its lease ends.
    static let lease = RedisScript(
        """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local found = redis.call('TYPE', KEYS[1]).ok
        if found ~= 'zset' and found ~= 'none' then redis.call('DEL', KEYS[1]) end
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[3])))
        redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', now + 60 * tonumber(ARGV[2])), '+inf')
        redis.call('EXPIRE', KEYS[1], 86400)
        return {string.format('%.0f', now), redis.call('ZRANGE', KEYS[1], 0, 9999, 'WITHSCORES')}

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

    static let all = [mend, send, attach, putBack, leave, rename, sweep, lease, trial]
}
