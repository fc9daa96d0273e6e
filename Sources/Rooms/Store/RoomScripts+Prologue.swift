/// What every script that changes a room begins with.
extension RoomScripts {
    /// How many epochs before the previous one are remembered.
    static let olderEpochs = 8

    /// Every script's first keys and arguments: meta, messages, members; run id, a part of a fresh epoch's name, channel, and
    /// what the caller's server has shown of the room: epoch, seq and rev, or nothing.
    ///
    /// Scripts are not rolled back, so each mends first what it stands on: keys of the wrong type go, and so do numbers that
    /// are none; then the epoch is a fresh one. It is as well for a new run of Redis, and where the caller knows later
    /// numbers than these, or a later epoch: then the data were put back to an older state in the middle of a run, and
    /// whatever is numbered now must not be taken for what was shown under the same number.
    ///
    /// The name of an epoch begins with the time, and is never below that of one that is known (see `EpochOrder`).
    ///
    /// A room of a later format than this server knows isn't touched.
    ///
    /// Of the epochs before the last one that ended without a loss `older` keeps the names and last numbers, so that whoever
    /// was away for several restarts goes on as well. An earlier version of this server leaves the field as it is, which
    /// only means that it lacks an epoch.
    static let prologue = """
        local meta, messages, members = KEYS[1], KEYS[2], KEYS[3]
        local run, fresh, channel = ARGV[1], ARGV[2], ARGV[3]
        local knownEpoch, knownSeq, knownRev = ARGV[4], ARGV[5], ARGV[6]
        local month, day, minutes = 2592000, 86400, 600

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

        local function number(value) return string.format('%.0f', value) end

        local function now()
          local time = redis.call('TIME')
          return number(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
        end

        -- 0 for a name that tells no time.
        local function order(name)
          local time = string.match(name, '^(%d%d%d%d%d%d%d%d%d%d%d%d%d+)_')
          return time and #time <= 15 and tonumber(time) or 0
        end

        local whole = holds(meta, 'hash')
        local was = redis.call('HMGET', meta, 'run', 'epoch', 'seq', 'rev', 'prev', 'base', 'older', 'format')
        local epoch, seq, rev, prev, base = was[2], was[3], was[4], was[5], was[6]
        if counts(was[8]) and tonumber(was[8]) > \(RoomFormat.current) then
          return redis.error_reply('\(RoomFormat.errorCode) ' .. was[8])
        end
        local format = counts(was[8]) and was[8] or (names(epoch) and '1' or '\(RoomFormat.current)')
        whole = holds(messages, 'zset') and whole
        local rosterWhole = holds(members, 'hash')

        local function lifetime() return seq == '0' and day or month end

        -- Whoever has seen no more than `last` of the epoch `previous` goes on in the fresh one, and reads the roster.
        local function begin(previous, last)
          local latest = math.max(names(epoch) and order(epoch) or 0, order(knownEpoch))
          local older = ''
          if previous ~= '' then
            older = type(was[7]) == 'string' and #was[7] <= 1000 and was[7] or ''
            if names(prev) and counts(base) then older = prev .. ':' .. base .. (older == '' and '' or ',' .. older) end
            -- As many as are read.
            local count = 0
            older = string.gsub(older, '[^,]+,?', function(entry)
              count = count + 1
              return count <= \(olderEpochs) and entry or ''
            end)
          end
          prev, base = previous, last
          epoch = number(math.max(tonumber(now()), latest + 1)) .. '_' .. fresh
          redis.call('HSET', meta, 'run', run, 'epoch', epoch, 'prev', prev, 'base', base, 'older', older,
            'seq', seq, 'rev', rev, 'format', format)
        end

        local function isOlder()
          if epoch ~= knownEpoch then return order(epoch) > 0 and order(epoch) < order(knownEpoch) end
          return tonumber(seq) < tonumber(knownSeq) or tonumber(rev) < tonumber(knownRev)
        end

        if not (whole and was[1] and names(epoch) and counts(seq) and counts(rev)) then
          redis.call('DEL', messages)
          seq = counts(seq) and seq or '0'
          rev = counts(rev) and rev or '0'
          begin('', '0')
          redis.call('EXPIRE', meta, seq == '0' and minutes or month)
        elseif was[1] ~= run or not rosterWhole then
          begin(epoch, seq)
        elseif knownEpoch ~= '' and isOlder() then
          begin('', '0')
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
}
