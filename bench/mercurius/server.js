// DB=file PORT=n WORKERS=n node server.js: the four queries of the read benchmark, as a Node team would
// serve them at their fastest: mercurius with JIT from the first call on, one prepared statement a
// level, loaders that batch each level, several processes.
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

  const app = require('fastify')()
  app.register(require('mercurius'), {
    jit: 1,
    schema: `
      type Query {
        users(ids: [ID!], limit: Int = 25, page: Int = 1): [User]
        teams(ids: [ID!], limit: Int = 25, page: Int = 1): [Team]
        boards(ids: [ID!], limit: Int = 25, page: Int = 1): [Board]
      }
      type User { id: ID! name: String! email: String! teams: [Team] }
      type Team { id: ID! name: String! owners: [User!]! users: [User] }
      type Board { id: ID! name: String! workspace: Workspace }
      type Workspace { id: ID name: String! kind: String description: String }`,
    resolvers: { Query: { users: root('users', 'id, name, email'), teams: root('teams', 'id, name'), boards: root('boards', 'id, name, workspace_id') } },
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
