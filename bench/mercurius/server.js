// DB=file PORT=n WORKERS=n node server.js: the queries of the benchmark, as a Node team would serve them
// at their fastest: mercurius with JIT from the first call on, one prepared statement a level, loaders
// that batch each level, several processes.
//
// Column values come from the database as they go out, and with their items: of the ways tried (a
// loader with and without its cache, rows as objects, JSON made by SQLite) rows as arrays took least time.
const cluster = require('node:cluster')
const workers = Number(process.env.WORKERS) || 1
if (workers > 1 && cluster.isPrimary) {
  for (let i = 0; i < workers; i++) cluster.fork()
  process.on('SIGTERM', () => process.exit(0))
} else {
  serve()
}

function serve() {
  const Database = require('better-sqlite3')
  const db = new Database(process.env.DB, { readonly: true })
  db.pragma('cache_size = -65536')
  db.pragma('mmap_size = 268435456')

  const inList = 'in (select value from json_each(?))'
  const byIds = (table, columns) => db.prepare(`select ${columns} from ${table} where id ${inList} order by id`)
  const byPage = (table, columns) => db.prepare(`select ${columns} from ${table} order by id limit ? offset ?`)
  const root = (table, columns) => {
    const some = byIds(table, columns)
    const page = byPage(table, columns)
    return (_, a) => a.ids ? some.all(`[${a.ids}]`) : page.all(a.limit, a.limit * (a.page - 1))
  }
  // rows of all keys at once, dealt out to the parents in their order
  const deal = (statement) => (queries) => {
    const lists = new Map(queries.map((q) => [q.obj.id, []]))
    for (const row of statement.all(`[${[...lists.keys()]}]`)) lists.get(row.parent).push(row)
    return queries.map((q) => lists.get(q.obj.id))
  }
  const userTeams = deal(db.prepare(`select m.user_id parent, t.id, t.name from team_members m join teams t on t.id = m.team_id where m.user_id ${inList} order by m.user_id, t.id`))
  const teamUsers = deal(db.prepare(`select m.team_id parent, u.id, u.name, u.email from team_members m join users u on u.id = m.user_id where m.team_id ${inList} order by m.team_id, u.id`))
  const teamOwners = deal(db.prepare(`select m.team_id parent, u.id from team_members m join users u on u.id = m.user_id where m.owner = 1 and m.team_id ${inList} order by m.team_id, u.id`))
  const workspaces = byIds('workspaces', 'id, name, kind, description')

  // number is what a column is filtered and ordered by; ordering goes along an index
  const items = 'select i.id, i.position, i.name, i.group_id from items i'
  const itemsAfter = db.prepare(`${items} where i.board_id = ? and i.position > ? order by i.position limit ?`)
  const itemsWhere = db.prepare(`${items} where i.board_id = ? and exists (select 1 from column_values v where v.item_id = i.id and v.id = ? and v.number ${inList}) order by i.position limit ?`)
  const itemsDown = db.prepare(`${items} join column_values v on v.item_id = i.id where v.board_id = ? and v.id = ? and v.number is not null order by v.number desc, v.item_id limit ?`)
  const columnValues = db.prepare(`select item_id, id, text, value, type from column_values where item_id ${inList} order by item_id, position`).raw()
  const page = (board, limit, rows) => { // rows are one more than the page has, where there are more
    const last = rows.length > limit ? rows.splice(limit) && rows.at(-1) : null
    const lists = new Map()
    for (const i of rows) {
      i.group = { id: i.group_id }
      lists.set(i.id, i.column_values = [])
    }
    for (const [item, id, text, value, type] of columnValues.all(`[${[...lists.keys()]}]`)) lists.get(item).push({ id, text, value, type })
    return { items: rows, cursor: last && `${board}.${last.position}` }
  }
  const itemsPage = ({ id }, { limit, query_params: { rules, order_by: order } = {} }) => {
    if (rules) return page(id, limit, itemsWhere.all(id, rules[0].column_id, `[${rules[0].compare_value}]`, limit + 1))
    if (order) return page(id, limit, itemsDown.all(id, order[0].column_id, limit + 1))
    return page(id, limit, itemsAfter.all(id, 0, limit + 1))
  }
  const nextItemsPage = (_, { cursor, limit }) => {
    const [board, position] = cursor.split('.').map(Number)
    return page(board, limit, itemsAfter.all(board, position, limit + 1))
  }

  const app = require('fastify')()
  app.register(require('mercurius'), {
    jit: 1,
    schema: `
      type Query {
        users(ids: [ID!], limit: Int = 25, page: Int = 1): [User]
        teams(ids: [ID!], limit: Int = 25, page: Int = 1): [Team]
        boards(ids: [ID!], limit: Int = 25, page: Int = 1): [Board]
        next_items_page(cursor: String!, limit: Int! = 25): ItemsResponse!
      }
      type User { id: ID! name: String! email: String! teams: [Team] }
      type Team { id: ID! name: String! owners: [User!]! users: [User] }
      type Board { id: ID! name: String! workspace: Workspace items_page(limit: Int! = 25, query_params: ItemsQuery): ItemsResponse! }
      type Workspace { id: ID name: String! kind: String description: String }
      type ItemsResponse { cursor: String items: [Item!]! }
      type Item { id: ID! name: String! group: Group column_values: [ColumnValue!]! }
      type Group { id: ID! }
      type ColumnValue { id: ID! text: String value: String type: String! }
      input ItemsQuery { rules: [ItemsQueryRule!] order_by: [ItemsQueryOrderBy!] }
      input ItemsQueryRule { column_id: ID! compare_value: [Int!]! operator: Operator! }
      input ItemsQueryOrderBy { column_id: String! direction: Direction! }
      enum Operator { any_of }
      enum Direction { desc }`,
    resolvers: {
      Query: { users: root('users', 'id, name, email'), teams: root('teams', 'id, name'), boards: root('boards', 'id, name, workspace_id'), next_items_page: nextItemsPage },
      Board: { items_page: itemsPage }
    },
    loaders: {
      User: { teams: async (q) => userTeams(q) },
      Team: { users: async (q) => teamUsers(q), owners: async (q) => teamOwners(q) },
      Board: {
        workspace: async (queries) => {
          const ids = [...new Set(queries.map((q) => q.obj.workspace_id))]
          const rows = new Map(workspaces.all(`[${ids}]`).map((w) => [w.id, w]))
          return queries.map((q) => rows.get(q.obj.workspace_id) ?? null)
        }
      }
    }
  })
  app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
}
