/**
 * What is done in Redis at once, each with the check that nobody else has opened the journal since: KEYS[1] is its
 * meta hash, KEYS[2] its lease, ARGV[1] our epoch, ARGV[2] our name, ARGV[3] the lease's life in ms. Errors: FENCED
 * (another has it), LOST (Redis has forgotten it).
 */
const CHECKED = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return redis.error_reply('LOST') end
if epoch ~= ARGV[1] then return redis.error_reply('FENCED') end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
`;

/** ARGV[1] our name, ARGV[2] the lease's life. Gives the epoch, or the name of who has the lease. */
export const OPEN = `
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('HSETNX', KEYS[1], 'layout', '1')
return redis.call('HINCRBY', KEYS[1], 'epoch', 1)
`;

export const RENEW = `${CHECKED} return 1`;

/** KEYS[3] runs by number, KEYS[4] the run's request. ARGV[4] its id, ARGV[5] the request. */
export const ACCEPT = `${CHECKED}
if redis.call('ZSCORE', KEYS[3], ARGV[4]) then return 0 end
local number = redis.call('HINCRBY', KEYS[1], 'runs', 1)
redis.call('SET', KEYS[4], ARGV[5])
redis.call('ZADD', KEYS[3], number, ARGV[4])
return 1
`;

/**
 * KEYS[3] runs by number, KEYS[4] how many groups each has, then for each run its request and its entries. ARGV[4] the
 * group's number, ARGV[5] the life of runs that end, ms, then for each run its id, its lines and whether it ends (1). A
 * group that is there already is not written again.
 */
export const APPEND = `${CHECKED}
if tonumber(redis.call('HGET', KEYS[1], 'group') or '0') >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'group', ARGV[4])
for i = 0, (#KEYS - 4) / 2 - 1 do
  local request, entries = KEYS[5 + 2 * i], KEYS[6 + 2 * i]
  local id, lines, ends = ARGV[6 + 3 * i], ARGV[7 + 3 * i], ARGV[8 + 3 * i]
  if redis.call('ZSCORE', KEYS[3], id) then
    redis.call('RPUSH', entries, lines)
    redis.call('HINCRBY', KEYS[4], id, 1)
    if ends == '1' then
      redis.call('PEXPIRE', request, ARGV[5])
      redis.call('PEXPIRE', entries, ARGV[5])
    end
  end
end
return 1
`;

/**
 * KEYS[3] runs by number, KEYS[4] how many groups each has, KEYS[5] requests, KEYS[6] their times, then what the runs
 * have. ARGV[4] the time before
 * which requests leave, ARGV[5] how many runs there are, then their ids, then key, value and time of each request.
 */
export const FORGET = `${CHECKED}
for i = 7, #KEYS do redis.call('DEL', KEYS[i]) end
local first = 6 + tonumber(ARGV[5])
for i = 6, first - 1 do
  redis.call('ZREM', KEYS[3], ARGV[i])
  redis.call('HDEL', KEYS[4], ARGV[i])
end
for i = first, #ARGV, 3 do
  redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[6], ARGV[i + 2], ARGV[i])
end
local old = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', '(' .. ARGV[4], 'LIMIT', 0, 1000)
for _, key in ipairs(old) do
  redis.call('HDEL', KEYS[5], key)
  redis.call('ZREM', KEYS[6], key)
end
return 1
`;

/** ARGV[1] our name: gives the lease back, if it is ours. */
export const RELEASE = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('DEL', KEYS[2]) end
return 0
`;
