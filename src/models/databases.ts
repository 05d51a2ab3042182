import { awaitsCallback, failingIo, failingOrCallback } from './async-effects.js';
import type { CallEffects, ModelSet } from './effect-model.js';
import { ENDLESS } from './endless-waits.js';

const io = failingIo('database');
const rows: CallEffects = { ...io, source: 'database' };
const ioOrCallback: CallEffects = { ...failingOrCallback, io: 'database' };
const rowsOrCallback: CallEffects = { ...ioOrCallback, source: 'database' };

/** A client taken from a pool: it is the awaited value, and giving it back is a member of it. */
const takesClient = (...members: string[]): NonNullable<CallEffects['acquire']> => ({ on: 'result', kind: 'client', afterAwait: true, releasedBy: { members } });
/** A transaction begun on the receiver itself. */
const begins = (afterAwait: boolean, ...members: string[]): NonNullable<CallEffects['acquire']> => ({ on: 'receiver', kind: 'transaction', afterAwait, releasedBy: { members } });
/** A function that runs inside a transaction: committed when it fulfils, rolled back when it rejects. */
const transaction = (arg: number): CallEffects => ({ ...io, callbacks: [awaitsCallback(arg, { transaction: true })] });

const MYSQL_TYPES = { type: ['Pool', 'PoolConnection', 'Connection', 'PoolCluster'], module: 'mysql2/promise' } as const;
const COLLECTION = { type: 'Collection', module: 'mongodb' } as const;
const SESSION = { type: 'ClientSession', module: ['mongodb', 'mongoose'] } as const;
const CURSORS = { type: ['AbstractCursor', 'FindCursor', 'AggregationCursor', 'ListCollectionsCursor', 'ChangeStream'], module: 'mongodb' } as const;
// Not their common base: a pipeline inherits from it too, and there commands are only collected.
const IOREDIS = { type: ['Redis', 'Cluster', 'default'], module: 'ioredis' } as const;
const NODE_REDIS = { type: ['RedisClientType', 'RedisClient', 'RedisClusterType', 'RedisClientPoolType'], module: ['redis', '@redis/client'] } as const;
const KNEX = { type: ['Knex', 'Transaction'], module: 'knex' } as const;
const TYPEORM_MANAGERS = { type: ['DataSource', 'EntityManager', 'Connection'], module: 'typeorm' } as const;
const REPOSITORIES = { type: ['Repository', 'EntityManager', 'BaseEntity', 'TreeRepository', 'MongoRepository'], module: 'typeorm' } as const;
const PRISMA_MODULES = ['@prisma/client', '.prisma/client', '@prisma/client/runtime/library'] as const;
const SEQUELIZE_MODULES = ['sequelize', '@sequelize/core', 'sequelize-typescript'] as const;

const REDIS_WRITES = [
  'set', 'setex', 'setnx', 'psetex', 'mset', 'msetnx', 'getset', 'getdel', 'append', 'incr', 'incrby', 'incrbyfloat', 'decr', 'decrby', 'del', 'unlink',
  'expire', 'pexpire', 'expireat', 'persist', 'rename', 'hset', 'hsetnx', 'hmset', 'hincrby', 'hdel', 'lpush', 'rpush', 'lpop', 'rpop', 'lrem', 'ltrim', 'lset',
  'sadd', 'srem', 'spop', 'zadd', 'zrem', 'zincrby', 'zpopmin', 'zpopmax', 'xadd', 'xack', 'xdel', 'xtrim', 'publish', 'eval', 'evalsha', 'flushall', 'flushdb',
];
const REDIS_READS = [
  'get', 'mget', 'getrange', 'strlen', 'exists', 'ttl', 'pttl', 'type', 'hget', 'hmget', 'hexists', 'hlen', 'llen', 'lindex', 'sismember', 'scard',
  'zscore', 'zrank', 'zcard', 'zcount', 'xlen', 'ping', 'info', 'dbsize', 'time', 'echo',
];
const REDIS_LISTS = ['keys', 'scan', 'hgetall', 'hkeys', 'hvals', 'hscan', 'lrange', 'smembers', 'sscan', 'zrange', 'zrangebyscore', 'zrevrange', 'zscan', 'xrange', 'xread', 'xreadgroup'];
const REDIS_WAITS = ['blpop', 'brpop', 'brpoplpush', 'blmove', 'bzpopmin', 'bzpopmax'];

/** Node-redis writes its commands in camel case: the letter behind a command's family prefix is a capital. */
const CAMEL_WRITES = ['set', 'setEx', 'setNX', 'mSet', 'getSet', 'getDel', 'append', 'incr', 'incrBy', 'decr', 'decrBy', 'del', 'unlink', 'expire', 'pExpire', 'persist', 'rename', 'hSet', 'hSetNX', 'hIncrBy', 'hDel', 'lPush', 'rPush', 'lPop', 'rPop', 'lRem', 'lTrim', 'sAdd', 'sRem', 'sPop', 'zAdd', 'zRem', 'zIncrBy', 'zPopMin', 'zPopMax', 'xAdd', 'xAck', 'xDel', 'publish', 'eval', 'evalSha', 'flushAll', 'flushDb'];
const CAMEL_READS = ['get', 'mGet', 'strLen', 'exists', 'ttl', 'pTTL', 'type', 'hGet', 'hmGet', 'hExists', 'hLen', 'lLen', 'lIndex', 'sIsMember', 'sCard', 'zScore', 'zRank', 'zCard', 'xLen', 'ping', 'info', 'dbSize', 'time', 'echo'];
const CAMEL_LISTS = ['keys', 'scan', 'hGetAll', 'hKeys', 'hVals', 'lRange', 'sMembers', 'zRange', 'zRangeByScore', 'xRange', 'xRead', 'xReadGroup'];

const DOCUMENT_WRITES = ['insertOne', 'insertMany', 'updateOne', 'updateMany', 'replaceOne', 'deleteOne', 'deleteMany', 'bulkWrite', 'findOneAndUpdate', 'findOneAndReplace', 'findOneAndDelete', 'createIndex', 'createIndexes', 'dropIndex', 'drop', 'rename'];
const DOCUMENT_READS = ['findOne', 'countDocuments', 'estimatedDocumentCount', 'indexExists', 'isCapped', 'options'];

/** Databases: every call leaves the process, can fail, and what it reads has no bound that code could know. */
export const databases: ModelSet = {
  calls: [
    // pg
    { match: { type: ['Pool', 'Client', 'PoolClient', 'ClientBase', 'default'], module: 'pg', member: 'query' }, effects: rowsOrCallback, because: 'sends one statement; a pool takes a client for it and gives it back by itself' },
    { match: { type: 'Pool', module: 'pg', member: 'connect' }, effects: { ...ioOrCallback, acquire: takesClient('release'), returns: { type: 'PoolClient', module: 'pg', awaited: true } }, because: 'waits for a free client, which is lost to the pool until its release is called' },
    { match: { type: 'PoolClient', module: 'pg', member: 'release' }, effects: { throws: 'no', release: { on: 'receiver' } }, because: 'gives the client back to the pool' },
    { match: { type: 'Client', module: 'pg', member: 'connect' }, effects: ioOrCallback, because: 'opens the connection of this client' },
    { match: { type: ['Client', 'Pool'], module: 'pg', member: 'end' }, effects: { ...ioOrCallback, closes: true, waitsForWork: true }, because: 'waits for statements under way and for clients that are out, then closes' },
    { match: { module: 'pg', name: ['Pool', 'Client'], construct: true }, effects: { throws: 'no', endless: ENDLESS.pg }, because: 'connects only when it is first used' },
    { match: { module: 'postgres', name: 'default' }, effects: { throws: 'no', returns: { type: 'Sql', module: 'postgres' } }, because: 'connects only when it is first used' },
    { match: { type: 'Sql', module: 'postgres', member: 'begin' }, effects: transaction(-1), because: 'runs the function in a transaction and rolls back when it rejects' },
    { match: { type: 'Sql', module: 'postgres', member: 'end' }, effects: { ...io, closes: true, waitsForWork: true }, because: 'waits for statements under way, for ever unless given a timeout' },

    // mysql2
    { match: { module: 'mysql2/promise', name: 'createPool' }, effects: { throws: 'no', returns: { type: 'Pool', module: 'mysql2/promise' } }, because: 'connects only when it is first used' },
    { match: { module: 'mysql2/promise', name: 'createConnection' }, effects: { ...io, returns: { type: 'Connection', module: 'mysql2/promise', awaited: true } }, because: 'opens a connection and rejects where it cannot' },
    { match: { ...MYSQL_TYPES, member: ['query', 'execute'] }, effects: rows, because: 'sends one statement and rejects with the error of the server' },
    { match: { type: ['Pool', 'PoolCluster'], module: 'mysql2/promise', member: 'getConnection' }, effects: { ...io, acquire: takesClient('release', 'destroy'), returns: { type: 'PoolConnection', module: 'mysql2/promise', awaited: true } }, because: 'waits for a free connection, which is lost to the pool until its release is called' },
    { match: { type: 'PoolConnection', module: 'mysql2/promise', member: ['release', 'destroy'] }, effects: { throws: 'no', release: { on: 'receiver' } }, because: 'gives the connection back to the pool, or drops it' },
    { match: { type: ['Connection', 'PoolConnection'], module: 'mysql2/promise', member: 'beginTransaction' }, effects: { ...io, acquire: begins(true, 'commit', 'rollback') }, because: 'opens a transaction that lasts until commit or rollback' },
    { match: { type: ['Connection', 'PoolConnection'], module: 'mysql2/promise', member: ['commit', 'rollback'] }, effects: { ...io, release: { on: 'receiver' } }, because: 'ends the transaction of this connection' },
    { match: { ...MYSQL_TYPES, member: 'end' }, effects: { ...io, closes: true, waitsForWork: true }, because: 'waits for statements under way, then closes' },

    // mongodb
    { match: { module: 'mongodb', name: 'MongoClient', construct: true }, effects: { endless: ENDLESS.mongodb }, because: 'connects when it is first used' },
    { match: { type: 'MongoClient', module: 'mongodb', member: 'db' }, effects: { throws: 'no', returns: { type: 'Db', module: 'mongodb' } }, because: 'only names a database of the client' },
    { match: { type: 'Db', module: 'mongodb', member: 'collection' }, effects: { throws: 'no', returns: { type: 'Collection', module: 'mongodb' } }, because: 'only names a collection of the database' },
    { match: { ...COLLECTION, member: DOCUMENT_WRITES }, effects: io, because: 'one command to the server, atomic for each document' },
    { match: { ...COLLECTION, member: DOCUMENT_READS }, effects: io, because: 'one command to the server' },
    { match: { ...COLLECTION, member: 'distinct' }, effects: io, because: 'one command whose answer has one value for each kind, however many documents there are' },
    { match: { ...COLLECTION, member: ['find', 'aggregate', 'listIndexes'] }, effects: { source: 'database', returns: { type: 'FindCursor', module: 'mongodb' } }, because: 'makes a cursor; nothing is sent until it is read' },
    { match: { ...COLLECTION, member: 'watch' }, effects: { source: 'database', returns: { type: 'ChangeStream', module: 'mongodb' } }, because: 'makes a stream of changes that lasts until it is closed' },
    { match: { ...CURSORS, member: ['toArray', 'next', 'tryNext', 'hasNext', 'explain'] }, effects: rows, because: 'reads from the server as much as is asked for' },
    { match: { ...CURSORS, member: 'forEach' }, effects: { ...rows, callbacks: [{ arg: 0, timing: 'awaited', result: 'ignored' }] }, because: 'calls for each document and does not wait for what the callback returns' },
    { match: { ...CURSORS, member: 'close' }, effects: { ...io, closes: true }, because: 'lets the cursor of the server go' },
    { match: { type: 'MongoClient', module: 'mongodb', member: 'connect' }, effects: io, because: 'opens the connections and rejects where no server answers' },
    { match: { type: 'MongoClient', module: 'mongodb', member: 'close' }, effects: { ...io, closes: true }, because: 'ends sessions and connections, with the operations still under way' },
    { match: { type: 'MongoClient', module: 'mongodb', member: 'withSession' }, effects: { ...io, callbacks: [awaitsCallback(-1)] }, because: 'ends the session when the function settles' },
    { match: { type: 'MongoClient', module: 'mongodb', member: 'startSession' }, effects: { returns: { type: 'ClientSession', module: 'mongodb' } }, because: 'takes a session that lasts until endSession' },
    { match: { type: 'Connection', module: 'mongoose', member: 'startSession' }, effects: { ...io, returns: { type: 'ClientSession', module: 'mongodb', awaited: true } }, because: 'connects if need be and takes a session that lasts until endSession' },
    { match: { module: 'mongoose', name: 'startSession' }, effects: { ...io, returns: { type: 'ClientSession', module: 'mongodb', awaited: true } }, because: 'connects if need be and takes a session that lasts until endSession' },
    { match: { ...SESSION, member: 'withTransaction' }, effects: transaction(0), because: 'commits when the function fulfils, aborts when it rejects, and may run it again' },
    { match: { ...SESSION, member: 'startTransaction' }, effects: { acquire: begins(false, 'commitTransaction', 'abortTransaction', 'endSession') }, because: 'opens a transaction that lasts until commit, abort or the end of the session' },
    { match: { ...SESSION, member: ['commitTransaction', 'abortTransaction', 'endSession'] }, effects: { ...io, release: { on: 'receiver' } }, because: 'ends the transaction; endSession aborts one that is open' },
    { match: { module: 'mongoose', name: ['connect', 'disconnect'] }, effects: io, because: 'opens or closes the connections and rejects where it cannot' },
    { match: { type: ['Document', 'Model'], module: 'mongoose', member: ['save', 'create', 'insertMany', 'bulkWrite', 'bulkSave', 'syncIndexes'] }, effects: io, because: 'validates, then one or more commands to the server' },
    { match: { type: 'Query', module: 'mongoose', member: 'exec' }, effects: rows, because: 'sends the query; before exec, then or await nothing is sent' },

    // redis
    { match: { module: 'ioredis', name: ['default', 'Redis'], construct: true }, effects: { endless: ENDLESS.ioredis }, because: 'connects at once in the background, and queues commands until it is connected' },
    { match: { ...IOREDIS, member: [...REDIS_WRITES, ...REDIS_READS, 'connect', 'subscribe', 'psubscribe', 'unsubscribe'] }, effects: ioOrCallback, because: 'one command to the server, which it runs alone: nothing gets in between' },
    { match: { ...IOREDIS, member: [...REDIS_LISTS, ...REDIS_WAITS] }, effects: rowsOrCallback, because: 'one command whose answer is as long as the data, or waits for some' },
    { match: { ...IOREDIS, member: 'quit' }, effects: { ...ioOrCallback, closes: true, waitsForWork: true }, because: 'closes when the commands before it are answered' },
    { match: { ...IOREDIS, member: 'disconnect' }, effects: { throws: 'no', closes: true }, because: 'drops the connection with the commands under way' },
    { match: { ...IOREDIS, member: ['multi', 'pipeline'] }, effects: { returns: { type: 'ChainableCommander', module: 'ioredis' } }, because: 'collects commands; nothing is sent before exec' },
    { match: { type: ['ChainableCommander', 'Pipeline'], module: 'ioredis', member: 'exec' }, effects: rowsOrCallback, because: 'sends the collected commands; failures of single ones stand in the result' },
    { match: { module: ['redis', '@redis/client'], name: ['createClient', 'createCluster', 'createClientPool'] }, effects: { returns: { type: 'RedisClientType', module: 'redis' }, endless: ENDLESS.redis }, because: 'connects only when told to' },
    { match: { ...NODE_REDIS, member: [...CAMEL_WRITES, ...CAMEL_READS, 'connect', 'sendCommand'] }, effects: io, because: 'one command to the server, which it runs alone: nothing gets in between' },
    { match: { ...NODE_REDIS, member: [...CAMEL_LISTS, 'blPop', 'brPop'] }, effects: rows, because: 'one command whose answer is as long as the data, or waits for some' },
    { match: { ...NODE_REDIS, member: ['subscribe', 'pSubscribe'] }, effects: { ...io, callbacks: [{ arg: 1, timing: 'later-many', result: 'ignored', repeating: 'message' }] }, because: 'the listener runs for each message and its result is dropped' },
    { match: { ...NODE_REDIS, member: ['quit', 'close'] }, effects: { ...io, closes: true, waitsForWork: true }, because: 'closes when the commands before it are answered' },
    { match: { ...NODE_REDIS, member: 'disconnect' }, effects: { ...io, closes: true }, because: 'drops the connection with the commands under way' },
    { match: { ...NODE_REDIS, member: 'destroy' }, effects: { closes: true }, because: 'drops the connection with the commands under way' },

    // query builders and mappers
    { match: { module: 'knex', name: ['default', 'knex'] }, effects: { throws: 'no', returns: { type: 'Knex', module: 'knex' } }, because: 'connects only when it is first used' },
    { match: { ...KNEX, member: 'transaction' }, effects: transaction(0), because: 'commits when the function fulfils and rolls back when it rejects; without one the caller must' },
    { match: { ...KNEX, member: 'raw' }, effects: { source: 'database' }, because: 'builds a statement that is sent when it is awaited' },
    { match: { ...KNEX, member: 'destroy' }, effects: { ...ioOrCallback, closes: true, waitsForWork: true }, because: 'waits for connections that are out, then closes the pool' },
    { match: { type: 'Transaction', module: 'knex', member: ['commit', 'rollback'] }, effects: io, because: 'ends the transaction and gives its connection back' },
    { match: { ...TYPEORM_MANAGERS, member: 'transaction' }, effects: transaction(-1), because: 'commits when the function fulfils and rolls back when it rejects' },
    { match: { type: 'DataSource', module: 'typeorm', member: 'initialize' }, effects: io, because: 'opens the connections and rejects where it cannot' },
    { match: { type: ['DataSource', 'Connection'], module: 'typeorm', member: ['destroy', 'close'] }, effects: { ...io, closes: true }, because: 'closes the connections of the pool' },
    { match: { ...TYPEORM_MANAGERS, member: 'query' }, effects: rows, because: 'sends one statement and reads its answer' },
    { match: { ...REPOSITORIES, member: ['find', 'findBy', 'findAndCount', 'findAndCountBy', 'findByIds'] }, effects: rows, because: 'reads as many rows as match' },
    { match: { ...REPOSITORIES, member: ['findOne', 'findOneBy', 'findOneOrFail', 'findOneByOrFail', 'count', 'countBy', 'exist', 'exists', 'existsBy', 'save', 'insert', 'update', 'upsert', 'delete', 'remove', 'softDelete', 'softRemove', 'restore', 'increment', 'decrement', 'reload'] }, effects: io, because: 'one or more statements, in a transaction of its own where it writes several' },
    { match: { type: 'QueryRunner', module: 'typeorm', member: 'startTransaction' }, effects: { ...io, acquire: begins(true, 'commitTransaction', 'rollbackTransaction', 'release') }, because: 'opens a transaction that lasts until commit or rollback' },
    { match: { type: 'QueryRunner', module: 'typeorm', member: ['commitTransaction', 'rollbackTransaction', 'release'] }, effects: { ...io, release: { on: 'receiver' } }, because: 'ends the transaction, or gives its connection back' },
    { match: { type: 'QueryRunner', module: 'typeorm', member: ['connect', 'query'] }, effects: rows, because: 'takes a connection, or sends a statement on it' },
    { match: { type: '*', module: PRISMA_MODULES, member: ['findMany', 'groupBy', '$queryRaw', '$queryRawUnsafe'] }, effects: rows, because: 'reads as many rows as match; nothing is sent before it is awaited' },
    { match: { type: '*', module: PRISMA_MODULES, member: ['findUnique', 'findUniqueOrThrow', 'findFirst', 'findFirstOrThrow', 'create', 'createMany', 'createManyAndReturn', 'update', 'updateMany', 'upsert', 'delete', 'deleteMany', 'aggregate', 'count', '$executeRaw', '$executeRawUnsafe', '$connect'] }, effects: io, because: 'one or more statements; nothing is sent before it is awaited' },
    { match: { type: '*', module: PRISMA_MODULES, member: '$transaction' }, effects: transaction(0), because: 'commits when the function fulfils, rolls back when it rejects or takes too long' },
    { match: { type: '*', module: PRISMA_MODULES, member: '$disconnect' }, effects: { ...io, closes: true }, because: 'closes the connections of the pool' },
    { match: { type: ['PgDatabase', 'NodePgDatabase', 'PostgresJsDatabase', 'MySqlDatabase', 'MySql2Database'], module: 'drizzle-orm', member: 'transaction' }, effects: transaction(0), because: 'commits when the function fulfils and rolls back when it rejects' },
    { match: { type: 'Kysely', module: 'kysely', member: 'destroy' }, effects: { ...io, closes: true }, because: 'closes the connections of the pool' },
    { match: { type: 'TransactionBuilder', module: 'kysely', member: 'execute' }, effects: transaction(0), because: 'commits when the function fulfils and rolls back when it rejects' },
    { match: { type: ['SelectQueryBuilder', 'InsertQueryBuilder', 'UpdateQueryBuilder', 'DeleteQueryBuilder', 'RawBuilder'], module: 'kysely', member: ['execute', 'executeTakeFirst', 'executeTakeFirstOrThrow'] }, effects: rows, because: 'sends the statement and reads as many rows as match' },
    { match: { type: 'Sequelize', module: SEQUELIZE_MODULES, member: 'transaction' }, effects: transaction(-1), because: 'commits when the function fulfils and rolls back when it rejects; without one the caller must' },
    { match: { type: 'Sequelize', module: SEQUELIZE_MODULES, member: ['query', 'authenticate', 'sync'] }, effects: rows, because: 'sends one or more statements' },
    { match: { type: 'Sequelize', module: SEQUELIZE_MODULES, member: 'close' }, effects: { ...io, closes: true }, because: 'closes the connections of the pool' },
    { match: { type: 'Model', module: SEQUELIZE_MODULES, member: ['save', 'reload', 'update', 'destroy', 'restore', 'increment', 'decrement'] }, effects: io, because: 'one or more statements' },
    { match: { module: 'better-sqlite3', name: 'default', construct: true }, effects: { io: 'file', throws: 'yes' }, because: 'opens the file at once; every statement runs on this thread' },
  ],
  types: [
    { type: 'Model', module: SEQUELIZE_MODULES, is: ['record'], because: 'one row, loaded by each request that needs it' },
    { type: 'BaseEntity', module: 'typeorm', is: ['record'], because: 'one row, loaded by each request that needs it' },
    { type: ['Document', 'Model'], module: 'mongoose', is: ['record'], because: 'one document, loaded by each request that needs it' },
    { type: ['Pool', 'Client', 'PoolClient'], module: 'pg', is: ['emitter'], because: 'an EventEmitter that reports lost connections as error events' },
    { ...IOREDIS, is: ['emitter'], because: 'an EventEmitter that reports lost connections as error events' },
    { ...NODE_REDIS, is: ['emitter'], because: 'an EventEmitter that reports lost connections as error events' },
    { type: ['ChangeStream', 'FindCursor', 'AggregationCursor'], module: 'mongodb', is: ['emitter', 'disposable'], because: 'holds a cursor of the server until it is closed' },
  ],
};
